-- What 0012 has copied. A step of its own: until it begins, 0012 can be done again.
DROP TABLE IF EXISTS event_cases;
DROP TABLE IF EXISTS mediation_cases;
DROP TABLE IF EXISTS camera_beats;
DROP TABLE IF EXISTS camera_state;
