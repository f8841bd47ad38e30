/** The picture of the growth: entries to the right, nanoseconds upwards, both by powers of ten. */

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 60;
const RIGHT = 30;
const TOP = 40;
const BOTTOM = 80;
const COLOURS = ['#0969da', '#8c959f', '#1a7f37', '#bc4c00'];

/** Returns the text of an SVG with a line for each of `lines`. */
export function growthSvg(lines, caption) {
  const points = lines.flatMap((line) => line.points);
  const sizes = points.map(({ size }) => Math.log10(size));
  const times = points.map(({ ns }) => Math.log10(ns));
  const [x0, x1] = [Math.min(...sizes), Math.max(...sizes)];
  const [y0, y1] = [Math.floor(Math.min(...times)), Math.ceil(Math.max(...times))];
  const x = (size) => scale(Math.log10(size), x0, x1, LEFT, WIDTH - RIGHT);
  const y = (ns) => scale(Math.log10(ns), y0, y1, HEIGHT - BOTTOM, TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"`,
    ` font-family="sans-serif" font-size="12">`,
    `<title>Cost of an operation against the number of entries</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">Nanoseconds of CPU time an operation, by entries</text>`,
  ];
  for (let power = y0; power <= y1; power++) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#d0d7de"/>`);
    parts.push(`<text x="${LEFT - 8}" y="${at}" text-anchor="end">${10 ** power}</text>`);
  }
  for (let power = Math.ceil(x0); power <= x1; power++) {
    const at = x(10 ** power).toFixed(1);
    parts.push(`<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" stroke="#d0d7de"/>`);
    const name = ['1', '10', '100', '1k', '10k', '100k', '1M', '10M'][power];
    parts.push(`<text x="${at}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${name}</text>`);
  }
  lines.forEach((line, at) => {
    const colour = COLOURS[at % COLOURS.length];
    const places = line.points.map(({ size, ns }) => `${x(size).toFixed(1)},${y(ns).toFixed(1)}`);
    const shape = `fill="none" stroke="${colour}" stroke-width="2"`;
    parts.push(`<polyline points="${places.join(' ')}" ${shape}/>`);
    for (const place of places) {
      const [cx, cy] = place.split(',');
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    }
    const left = LEFT + at * 160;
    parts.push(`<rect x="${left}" y="${HEIGHT - 48}" width="12" height="12" fill="${colour}"/>`);
    parts.push(`<text x="${left + 18}" y="${HEIGHT - 38}">${line.name}</text>`);
  });
  parts.push(`<text x="${LEFT}" y="${HEIGHT - 12}" font-size="10">${caption}</text>`, '</svg>');
  return `${parts.join('\n')}\n`;
}

function scale(value, from, to, first, last) {
  return first + ((value - from) / (to - from || 1)) * (last - first);
}
