"use strict";
/* Every chart of the page. `data` holds columns of numbers; a chart is drawn anew when the colours change. */
const perfgateCharts = (data) => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const clock = (value) => Math.floor(value / 60) + ":" + String(Math.floor(value % 60)).padStart(2, "0");
  const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + number.format(Math.abs(value)) + " %";
  const percentile = (value) => "p" + +(100 * (1 - 1 / value)).toFixed(value < 100 ? 1 : 3);
  const known = (show) => (_, value) => (value == null ? "" : show(value));
  const font = '12px -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  const charts = new Map();

  const axis = (more) => ({
    size: 34,
    stroke: colour("quiet"), font, grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1, size: 4 }, gap: 6, ...more,
  });
  const line = (label, style, show, more) => ({
    label, stroke: colour(style), width: 1.75, value: known(show), points: { show: false }, spanGaps: false, ...more,
  });
  const dots = (label, style, show, more) => ({
    label, stroke: colour(style), width: 0, value: known(show), paths: () => null,
    points: { show: true, size: 6, width: 1.5, stroke: colour(style), fill: colour("paper") }, ...more,
  });
  const sizes = (place, height) => ({ width: Math.max(240, Math.floor(place.clientWidth)), height });
  /* In the place of the one that was there. */
  const put = (place, options, columns) => {
    charts.get(place)?.destroy();
    const plot = new uPlot(options, columns, place);
    charts.set(place, plot);
    return plot;
  };

  /* Drawing in the plane of a chart: `x`, `y` in its own units. */
  const pen = (plot, paint) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const at = (value, scale) => plot.valToPos(value, scale, true);
    paint({
      ctx, bbox, at,
      area: (from, to, low, high, style) => {
        ctx.fillStyle = colour(style);
        const left = from == null ? bbox.left : at(from, "x"), right = to == null ? bbox.left + bbox.width : at(to, "x");
        const top = high == null ? bbox.top : at(high, "y"), bottom = low == null ? bbox.top + bbox.height : at(low, "y");
        ctx.fillRect(left, top, right - left, bottom - top);
      },
      stroke: (from, fromY, to, toY, style, dash, width) => {
        ctx.strokeStyle = colour(style);
        ctx.lineWidth = (width || 1) * devicePixelRatio;
        ctx.setLineDash((dash || []).map((each) => each * devicePixelRatio));
        ctx.beginPath();
        ctx.moveTo(from == null ? bbox.left : at(from, "x"), fromY == null ? bbox.top : at(fromY, "y"));
        ctx.lineTo(to == null ? bbox.left + bbox.width : at(to, "x"), toY == null ? bbox.top + bbox.height : at(toY, "y"));
        ctx.stroke();
      },
      text: (words, x, style, right) => {
        ctx.fillStyle = colour(style);
        ctx.font = font.replace("12px", 12 * devicePixelRatio + "px");
        ctx.textAlign = right ? "right" : "left";
        ctx.fillText(" " + words + " ", at(x, "x"), bbox.top + 14 * devicePixelRatio);
      },
    });
    ctx.restore();
  };

  /* The warm-up as a shade, a fault of the stack as a line with its name. */
  const marks = (scenario, named) => ({
    hooks: {
      drawClear: [(plot) => pen(plot, ({ area }) => { if (scenario.warmUp) area(null, scenario.warmUp, null, null, "warm"); })],
      draw: [(plot) => pen(plot, ({ stroke, text }) => {
        const { min, max } = plot.scales.x;
        for (const fault of scenario.faults) {
          if (fault.at < min || fault.at > max) continue;
          stroke(fault.at, null, fault.at, null, "failures", [], 1.5);
          if (named) text(fault.what, fault.at, "failures", fault.at > (min + max) / 2);
        }
      })],
    },
  });

  const DASHES = { p99: [6, 4], users: [2, 3], five: [6, 4], six: [2, 3] };
  const timeSeries = (panel) => panel.series.map((each) => line(
    each.label, each.style, (value) => number.format(value) + (each.suffix ?? panel.suffix), {
      scale: each.axis || "y", width: each.style === "p95" ? 2.5 : 1.75, dash: DASHES[each.style],
      ...(each.style === "failures" ? { fill: colour("failures"), paths: uPlot.paths.bars({ size: [0.9, 8, 1] }) } : {}),
    }));

  /* All charts on one clock, zoomed together. A folded one is drawn when it is opened. */
  const drawTimes = (group) => {
    const key = "clock" + group.dataset.scenario + "-" + group.dataset.clock;
    const scenario = data.scenarios[group.dataset.scenario].clocks[group.dataset.clock];
    const end = Math.max(1, scenario.end);
    const plots = new Map();
    let shown = { min: 0, max: end }, moving = false;
    const zoom = (from, to) => {
      const range = { min: Math.max(0, from), max: Math.min(end, to) };
      if (range.max - range.min < end / 1000) return;
      shown = range;
      moving = true;
      plots.forEach((plot) => plot.setScale("x", range));
      moving = false;
    };
    /* As long as it is, from `from` on, but not out of the run. */
    const move = (from) => {
      const span = shown.max - shown.min, begin = Math.min(Math.max(0, from), end - span);
      zoom(begin, begin + span);
    };
    const follow = (plot, scale) => {
      if (scale === "x" && !moving && plots.size) zoom(plot.scales.x.min, plot.scales.x.max);
    };
    const drawPanel = (place) => {
      const panel = scenario.panels[place.dataset.panel];
      const fromZero = (_, low, high) => [Math.min(0, low ?? 0), Math.max(1e-9, (high ?? 1) * 1.1) || 1];
      const right = panel.series.find((each) => each.axis);
      const columns = panel.time ? [panel.time, ...panel.series.map((each) => each.values)] : uPlot.join(panel.series.map((each) => [each.time, each.values]));
      const plot = put(place, {
        ...sizes(place, panel.tall ? 260 : 170), padding: [8, right ? 0 : 52, 0, 0],
        cursor: { sync: { key, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } }, bind: { dblclick: () => () => { zoom(0, end); return null; } } },
        scales: { x: { time: false }, y: { range: fromZero }, ...(right ? { [right.axis]: { range: fromZero } } : {}) },
        axes: [axis({ values: (_, all) => all.map(clock), incrs: SECONDS }), axis({ size: 64, values: (_, all) => all.map((v) => number.format(v) + panel.suffix) }),
               ...(right ? [axis({ scale: right.axis, side: 1, size: 36, grid: { show: false }, label: right.label, labelFont: font, labelSize: 16, labelGap: 0 })] : [])],
        series: [{ label: "time", value: known(clock) }, ...timeSeries(panel)],
        plugins: [marks(scenario, panel.tall)], hooks: { setScale: [follow] },
      }, columns);
      moving = true;
      plot.setScale("x", shown);
      moving = false;
      plots.set(place, plot);
      touch(plot, () => shown, zoom, move);
    };
    group.querySelectorAll("[data-panel]").forEach((place) => {
      const fold = place.closest("details");
      if (!fold || fold.open) drawPanel(place);
      if (fold) fold.ontoggle = () => { if (fold.open) drawPanel(place); };
    });
    const act = (name) => {
      const { min, max } = shown, span = max - min;
      if (name === "in") zoom(min + span / 4, max - span / 4);
      if (name === "out") zoom(min - span / 2, max + span / 2);
      if (name === "left") move(min - span / 5);
      if (name === "right") move(min + span / 5);
      if (name === "all") zoom(0, end);
    };
    const keys = { "+": "in", "=": "in", "-": "out", 0: "all", ArrowLeft: "left", ArrowRight: "right" };
    group.onkeydown = (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
      event.preventDefault();
      act(keys[event.key]);
    };
    group.querySelectorAll("[data-zoom]").forEach((button) => { button.onclick = () => act(button.dataset.zoom); });
  };

  /* Two fingers zoom, one moves; up and down the page scrolls (`touch-action`). */
  const touch = (plot, shown, zoom, move) => {
    const fingers = new Map();
    let begun = null;
    const places = () => [...fingers.values()].sort((a, b) => a - b);
    const begin = () => {
      const { min, max } = shown(), { left, width } = plot.over.getBoundingClientRect();
      begun = { min, span: max - min, at: places(), left, width };
    };
    const apply = () => {
      const now = places(), { min, span, at, left, width } = begun;
      const under = (x) => min + (span * (x - left)) / width;
      if (now.length === 1) { move(min - (span * (now[0] - at[0])) / width); return; }
      const wide = span * (at[1] - at[0]) / Math.max(1, now[1] - now[0]);
      const from = under((at[0] + at[1]) / 2) - wide * ((now[0] + now[1]) / 2 - left) / width;
      zoom(from, from + wide);
    };
    plot.over.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || fingers.size === 2) return;
      fingers.set(event.pointerId, event.clientX);
      begin();
    });
    plot.over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, event.clientX);
      apply();
    });
    for (const name of ["pointerup", "pointercancel"]) {
      plot.over.addEventListener(name, (event) => { if (fingers.delete(event.pointerId) && fingers.size) begin(); });
    }
  };

  /* What was chosen; another choice draws the charts of that scenario anew. */
  const chosen = (kind, index) => {
    const field = document.querySelector(`[data-${kind}="${index}"]`);
    field.onchange = () => document.querySelectorAll(`[data-chart][data-scenario="${index}"]`).forEach(drawKind);
    return field.value;
  };
  const percentileAxis = (place) => {
    const ticks = place.clientWidth < 700 ? /^(2|10+)$/ : /^[125]0*$/;
    return axis({ values: (_, all) => all.map((v) => (v == null ? "" : percentile(v))), filter: (_, all) => all.map((v) => (ticks.test(v) ? v : null)) });
  };

  const drawCurve = (place) => {
    const index = place.dataset.scenario, distribution = data.scenarios[index].distributions[chosen("curve", index)];
    if (!distribution) return;
    const time = (value) => number.format(value) + " ms";
    const sides = [["baseline", "one", { dash: [6, 4] }], ["candidate", "two", { width: 2.5 }]].filter(([side]) => distribution[side].some((each) => each != null));
    put(place, {
      ...sizes(place, 280), padding: [8, 28, 0, 0], scales: { x: { time: false, distr: 3 } }, cursor: { sync: { key: "curve" + index } },
      axes: [percentileAxis(place), axis({ size: 64, values: (_, all) => all.map(time) })],
      series: [{ label: "percentile", value: known(percentile) }, ...sides.map(([side, style, more]) => line(side, style, time, more))],
    }, [distribution.axis, ...sides.map(([side]) => distribution[side])]);
  };

  /* The change at every percentile, and where it was compared its interval as a bar. */
  const drawShift = (place) => {
    const index = place.dataset.scenario, distribution = data.scenarios[index].distributions[chosen("curve", index)];
    const figure = place.closest("figure");
    figure.hidden = !distribution || distribution.shift.every((each) => each == null);
    if (figure.hidden) return;
    const judged = distribution.judged;
    const ends = judged.flatMap((each) => [each.low, each.high, each.change]).filter((each) => each != null);
    put(place, {
      ...sizes(place, 200), padding: [8, 28, 0, 0], cursor: { sync: { key: "curve" + index } },
      scales: { x: { time: false, distr: 3 }, y: { range: (_, low, high) => { const lo = Math.min(0, low ?? 0, ...ends), hi = Math.max(0, high ?? 0, ...ends), room = (hi - lo || 1) * 0.08; return [lo - room, hi + room]; } } },
      axes: [percentileAxis(place), axis({ size: 64, values: (_, all) => all.map(signed) })],
      series: [{ label: "percentile", value: known(percentile) }, line("shift", "six", signed)],
      hooks: {
        drawClear: [(plot) => pen(plot, ({ stroke }) => stroke(null, 0, null, 0, "quiet"))],
        draw: [(plot) => pen(plot, ({ ctx, at, stroke }) => {
          for (const each of judged) {
            if (each.low != null && each.high != null) stroke(each.at, each.low, each.at, each.high, "two", [], 4);
            ctx.fillStyle = colour("ink");
            ctx.beginPath();
            ctx.arc(at(each.at, "x"), at(each.change, "y"), 4.5 * devicePixelRatio, 0, 7);
            ctx.fill();
          }
        })],
      },
    }, [distribution.axis, distribution.shift]);
  };

  /* A scale for most of the values and all of `ends`: one pair in a stall must not flatten all others. */
  const robust = (values, ends) => {
    const sorted = [...values].sort((a, b) => a - b), part = (share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
    const middle = part(0.5), reach = 3 * Math.max(part(0.84) - middle, middle - part(0.16), 0.5);
    const low = Math.min(...ends, ...values.filter((each) => each >= middle - reach)), high = Math.max(...ends, ...values.filter((each) => each <= middle + reach));
    const room = (high - low || 1) * 0.08;
    return [low - room, high + room];
  };
  const drawPairs = (place) => {
    const index = place.dataset.scenario, pairs = data.scenarios[index].pairs[chosen("pairs", index)];
    if (!pairs) return;
    const spans = [];
    let many = 0;
    for (const start of pairs.starts) { spans.push([many, many + start.changes.length]); many += start.changes.length; }
    const column = (at) => Array.from({ length: many }, (_, i) => (i >= spans[at][0] && i < spans[at][1] ? pairs.starts[at].changes[i - spans[at][0]] : null));
    const ends = [0, pairs.limit ?? 0, ...pairs.starts.flatMap((each) => [each.estimate, ...each.bounds]).filter((each) => each != null)];
    const [lowest, highest] = robust(pairs.starts.flatMap((each) => each.changes), ends);
    put(place, {
      ...sizes(place, 280), padding: [8, 28, 0, 0],
      scales: { x: { time: false, range: [0.25, many + 0.75] }, y: { range: () => [lowest, highest] } },
      axes: [axis({ values: (_, all) => all.map((v) => (Number.isInteger(v) ? String(v) : "")) }), axis({ size: 64, values: (_, all) => all.map(signed) })],
      series: [{ label: "pair", value: known(String) }, ...pairs.starts.map((each) => dots(each.label, each.style, signed))],
      hooks: {
        drawClear: [(plot) => pen(plot, ({ area, stroke }) => {
          if (pairs.limit != null) {
            if (pairs.limit > 0) area(null, null, pairs.limit, null, "warm"); else area(null, null, null, pairs.limit, "warm");
            stroke(null, pairs.limit, null, pairs.limit, "failures", [6, 4]);
          }
          stroke(null, 0, null, 0, "quiet");
          spans.forEach(([from, to], at) => {
            const { bounds, estimate, style } = pairs.starts[at];
            if (bounds[0] != null && bounds[1] != null) area(from + 0.5, to + 0.5, Math.min(...bounds), Math.max(...bounds), "band");
            if (at) stroke(from + 0.5, null, from + 0.5, null, "quiet", [2, 3]);
            stroke(from + 0.5, estimate, to + 0.5, estimate, style, [], 2);
          });
        })],
        /* What lies beyond the scale is named at its edge. */
        draw: [(plot) => pen(plot, ({ ctx, bbox, at }) => {
          ctx.font = font.replace("12px", 11 * devicePixelRatio + "px");
          ctx.textAlign = "center";
          pairs.starts.forEach((start, which) => start.changes.forEach((change, i) => {
            if (change >= lowest && change <= highest) return;
            ctx.fillStyle = colour(start.style);
            const up = change > highest, line = 13 * devicePixelRatio;
            ctx.fillText((up ? "▲ " : "▼ ") + signed(change), at(spans[which][0] + i + 1, "x"), up ? bbox.top + line : bbox.top + bbox.height - line / 3);
          }));
        })],
      },
    }, [Array.from({ length: many }, (_, i) => i + 1), ...pairs.starts.map((_, at) => column(at))]);
  };

  /* Percentiles run by run. `judged`: the last run is the one that was judged; `compared`: the first it was held against. */
  const drawRuns = (place, runs, endpoint, { judged, compared }) => {
    const time = (value) => number.format(value) + " ms";
    const last = runs.length - 1;
    const metric = Number(chosen("metric", place.dataset.scenario)) - 1;
    const series = metric < 0 ? endpoint.series : [endpoint.series[metric]];
    const steps = new Map();
    for (const each of endpoint.steps) {
      if (metric < 0 || each.metric === series[0].style) steps.set(each.at, [...(steps.get(each.at) || []), each.text]);
    }
    const points = (style) => ({ points: { show: last < 80, size: 6, stroke: colour(style), fill: colour("paper"), width: 1.5 } });
    put(place, {
      ...sizes(place, 240), padding: [20, 28, 0, 0], scales: { x: { time: false, range: [-0.5, last + 0.5] }, y: { range: (_, low, high) => [0, (high || 1) * 1.1] } },
      axes: [axis({ space: 80, values: (_, all) => all.map((v) => (!Number.isInteger(v) || runs[v] == null ? "" : judged && v === last ? runs[v] : runs[v].slice(5))) }), axis({ size: 64, values: (_, all) => all.map(time) })],
      series: [{ label: "run", value: known((v) => runs[v] ?? "") }, ...series.map((each) => line(each.label, each.style, time, { dash: DASHES[each.style], ...points(each.style) }))],
      hooks: { drawClear: [(plot) => pen(plot, ({ area, stroke, text }) => {
        if (compared) area(null, compared - 0.5, null, null, "warm");
        if (judged) area(last - 0.5, last + 0.5, null, null, "band");
        for (const [at, told] of steps) { stroke(at - 0.5, null, at - 0.5, null, "failures", [6, 4], 1.5); text(told.join(", "), at - 0.5, "failures", at > last / 2); }
      })] },
    }, [runs.map((_, i) => i), ...series.map((each) => each.values)]);
  };
  const drawTrend = (place) => {
    const index = place.dataset.scenario, { trend } = data.scenarios[index];
    drawRuns(place, trend.runs, trend.endpoints[chosen("trend", index)], { judged: true, compared: trend.compared });
  };
  const drawHistory = (place) => {
    const index = place.dataset.scenario, { runs, endpoints } = data.scenarios[index];
    drawRuns(place, runs, endpoints[chosen("history", index)], { judged: false, compared: 0 });
  };

  /* Lines of several runs in one chart, the newest the thickest. */
  const overlaid = (series, show) => series.map((each, at) => line(each.label, each.style, show, { width: at === series.length - 1 ? 2.5 : 1.5, dash: DASHES[each.style] }));
  const drawOverlay = (place) => {
    const index = place.dataset.scenario, { axis: at, curves } = data.scenarios[index].endpoints[chosen("history", index)];
    const time = (value) => number.format(value) + " ms";
    put(place, {
      ...sizes(place, 280), padding: [8, 28, 0, 0], scales: { x: { time: false, distr: 3 } },
      axes: [percentileAxis(place), axis({ size: 64, values: (_, all) => all.map(time) })],
      series: [{ label: "percentile", value: known(percentile) }, ...overlaid(curves, time)],
    }, [at, ...curves.map((each) => each.values)]);
  };
  const drawClock = (place) => {
    const panel = data.scenarios[place.dataset.scenario].clock;
    const time = (value) => number.format(value) + panel.suffix;
    put(place, {
      ...sizes(place, 240), padding: [8, 28, 0, 0], scales: { x: { time: false }, y: { range: (_, low, high) => [0, (high || 1) * 1.1] } },
      axes: [axis({ values: (_, all) => all.map(clock), incrs: SECONDS }), axis({ size: 64, values: (_, all) => all.map(time) })],
      series: [{ label: "time", value: known(clock) }, ...overlaid(panel.series, time)],
    }, uPlot.join(panel.series.map((each) => [each.time, each.values])));
  };

  const KINDS = { curve: drawCurve, shift: drawShift, pairs: drawPairs, trend: drawTrend, history: drawHistory, overlay: drawOverlay, clock: drawClock };
  const drawKind = (place) => KINDS[place.dataset.chart](place);
  const draw = () => {
    document.querySelectorAll(".charts").forEach(drawTimes);
    document.querySelectorAll("[data-chart]").forEach(drawKind);
  };
  draw();

  let waiting = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => charts.forEach((plot, place) => plot.setSize(sizes(place, plot.height))));
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", draw);
};
