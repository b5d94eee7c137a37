// Which warnings the desk lists, and which are new: decided here, drawn elsewhere.
export function listed(rows, { colour, state }) {
  return rows.filter((row) => (!colour || row.colour === colour) && (state ? row.state === state : row.state !== "cleared"));
}

// Ids of red warnings that wait and were not there at the last look; at the first look nothing is new.
export function freshReds(known, rows) {
  const waiting = rows.filter((row) => row.colour === "red" && row.state === "raised").map((row) => row.id);
  return { known: new Set(waiting), fresh: known ? waiting.filter((id) => !known.has(id)) : [] };
}
