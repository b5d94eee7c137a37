// Runs one map in the page: the first picture, ticks, and what they left behind. Times are milliseconds to the frame.
window.measure = async (count, ticks) => {
  const values = (tick) => Array.from({ length: count }, (_, at) => (at * 7919 + tick * 104729) % 8);
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const long = [];
  const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
  const timed = async (act) => {
    const started = performance.now();
    await act();
    await painted();
    return performance.now() - started;
  };
  const first = await timed(() => window.first(values(0)));
  await new Promise((done) => setTimeout(done, 300));
  watch.observe({ entryTypes: ["longtask"] });
  const spent = [];
  for (let tick = 1; tick <= ticks; tick++) spent.push(await timed(() => window.tick(values(tick))));
  await new Promise((done) => setTimeout(done, 100));
  watch.disconnect();
  const points = Array.from({ length: 2000 }, (_, at) => [((at * 7919) % 2000) / 2000, ((at * 104729) % 2000) / 2000]);
  return { first, ticks: spent, long, hits: window.hit ? await window.hit(points) : [] };
};
