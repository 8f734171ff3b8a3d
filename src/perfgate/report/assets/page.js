"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const shown = (unit) => (_, value) => (value == null ? "–" : number.format(value) + unit);
  const clock = (_, value) => (value == null ? "–" : Math.floor(value / 60) + ":" + String(Math.floor(value % 60)).padStart(2, "0"));
  let charts = [];

  const axis = (more) => ({
    stroke: colour("quiet"), font: "12px system-ui", grid: { stroke: colour("grid"), width: 1 },
    ticks: { stroke: colour("grid"), width: 1 }, ...more,
  });
  const line = (label, name, unit, more) => ({
    label, stroke: colour(name), width: 1.75, value: shown(unit), points: { show: false }, spanGaps: false, ...more,
  });
  const sizes = (place, height) => ({ width: Math.max(240, place.clientWidth), height });

  /* The warm-up as a shade, a fault of the stack as a line with its name. */
  const marks = (scenario, named) => ({
    hooks: {
      drawClear: [(plot) => {
        const { ctx, bbox } = plot;
        const end = Math.min(plot.valToPos(scenario.warmUp, "x", true), bbox.left + bbox.width);
        ctx.save();
        ctx.fillStyle = colour("warm");
        if (end > bbox.left) ctx.fillRect(bbox.left, bbox.top, end - bbox.left, bbox.height);
        ctx.restore();
      }],
      draw: [(plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colour("failures");
        ctx.font = 12 * devicePixelRatio + "px system-ui";
        ctx.setLineDash([]);
        for (const fault of scenario.faults) {
          const at = plot.valToPos(fault.at, "x", true);
          if (at < bbox.left || at > bbox.left + bbox.width) continue;
          ctx.beginPath();
          ctx.moveTo(at, bbox.top);
          ctx.lineTo(at, bbox.top + bbox.height);
          ctx.stroke();
          ctx.textAlign = at > bbox.left + bbox.width / 2 ? "right" : "left";
          if (named) ctx.fillText(" " + fault.what + " ", at, bbox.top + 14 * devicePixelRatio);
        }
        ctx.restore();
      }],
    },
  });

  const drawTimes = (group, index) => {
    const scenario = data.scenarios[index];
    const all = scenario.timeline;
    const common = { cursor: { sync: { key: "scenario" + index } }, scales: { x: { time: false } }, };
    const time = { label: "time", value: clock };
    const times = group.querySelector("[data-chart=times]");
    const load = group.querySelector("[data-chart=load]");
    const both = [
      new uPlot({
        ...common, ...sizes(times, 260), plugins: [marks(scenario, true)], padding: [null, 74, null, null],
        axes: [axis({ values: (_, all) => all.map((v) => clock(null, v)) }), axis({ size: 64, values: (_, all) => all.map((v) => number.format(v) + " ms") })],
        series: [time, line("p50", "p50", " ms"), line("p95", "p95", " ms", { width: 2.5 }), line("p99", "p99", " ms", { dash: [6, 4] })],
      }, [all.time, all.p50, all.p95, all.p99], times),
      new uPlot({
        ...common, ...sizes(load, 180), plugins: [marks(scenario, false)], scales: { x: { time: false }, users: { range: (_, __, top) => [0, Math.max(1, top * 1.1)] }, y: { range: (_, __, top) => [0, Math.max(1, top * 1.1)] } },
        axes: [axis({ values: (_, all) => all.map((v) => clock(null, v)) }), axis({ size: 64, values: (_, all) => all.map((v) => number.format(v) + "/s") }),
               axis({ scale: "users", side: 1, size: 56, grid: { show: false }, label: "users", labelFont: "12px system-ui", labelSize: 18 })],
        series: [time, line("requests", "rate", "/s"), line("failures", "failures", "/s", { fill: colour("failures"), paths: uPlot.paths.bars({ size: [0.9, 8, 1] }) }),
                 line("users", "users", "", { scale: "users", dash: [2, 3] })],
      }, [all.time, all.rate, all.failures.map((each) => each || null), all.users], load),
    ];
    charts.push(...both.map((plot) => [plot, plot.root.parentElement]));
    group.onkeydown = (event) => {
      const { min, max } = both[0].scales.x;
      const last = all.time[all.time.length - 1] || 1;
      const span = max - min, middle = (min + max) / 2;
      const moves = {
        "+": [middle - span / 4, middle + span / 4], "=": [middle - span / 4, middle + span / 4],
        "-": [middle - span, middle + span], 0: [0, last],
        ArrowLeft: [min - span / 5, max - span / 5], ArrowRight: [min + span / 5, max + span / 5],
      };
      const to = moves[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const range = { min: Math.max(0, to[0]), max: Math.min(last, to[1]) };
      if (range.max - range.min > 0) both.forEach((plot) => plot.setScale("x", range));
    };
  };

  const drawCurve = (place) => {
    const index = place.dataset.scenario;
    const chosen = document.querySelector(`[data-curve="${index}"]`);
    const distribution = data.scenarios[index].distributions[chosen.value];
    if (!distribution) return;
    const percentile = (value) => (value == null ? "–" : "p" + +(100 * (1 - 1 / value)).toFixed(value < 100 ? 1 : 3));
    const ticks = place.clientWidth < 700 ? /^(2|10+)$/ : /^[125]0*$/;
    const plot = new uPlot({
      ...sizes(place, 280), padding: [null, 24, null, null], scales: { x: { time: false, distr: 3 } },
      axes: [axis({ values: (_, all) => all.map((v) => (v == null ? "" : percentile(v))), filter: (_, all) => all.map((v) => (ticks.test(v) ? v : null)) }),
             axis({ size: 64, values: (_, all) => all.map((v) => number.format(v) + " ms") })],
      series: [{ label: "percentile", value: (_, v) => percentile(v) }, line("baseline", "p50", " ms", { dash: [6, 4] }), line("candidate", "p95", " ms", { width: 2.5 })],
    }, [distribution.axis, distribution.baseline, distribution.candidate], place);
    charts.push([plot, place]);
    chosen.onchange = draw;
  };

  const draw = () => {
    charts.forEach(([plot]) => plot.destroy());
    charts = [];
    document.querySelectorAll(".charts").forEach((group) => drawTimes(group, group.dataset.scenario));
    document.querySelectorAll("[data-chart=curve]").forEach(drawCurve);
  };

  const sortable = (table) => {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const key = (row) => row.cells[column].dataset.sort;
      const numeric = column > 0;
      [...body.rows]
        .sort((a, b) => b.classList.contains("total") - a.classList.contains("total")
          || sign * (numeric ? key(a) - key(b) : key(a).localeCompare(key(b))))
        .forEach((row) => body.append(row));
    }));
  };

  const searchable = (field) => {
    const rows = [...document.getElementById(field.dataset.search).tBodies[0].rows];
    const found = document.querySelector(`[data-found="${field.dataset.search}"]`);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
      found.textContent = wanted ? rows.filter((row) => !row.hidden).length + " of " + rows.length : "";
    });
  };

  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll("input[data-search]").forEach(searchable);
  draw();
  let waiting = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => charts.forEach(([plot, place]) => plot.setSize(sizes(place, plot.height))));
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", draw);
})();
