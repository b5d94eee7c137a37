"""The xuecheng pack: real codes in a real district outline, with grids tessellated inside it by `build`."""
