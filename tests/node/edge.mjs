// node edge.mjs FOLDER: runs what cases.json in it names, and writes what came out beside it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-web";
import { classifyBeats, cutWindows, detectRPeaks, scoreBeats } from "../../docs/edge.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const folder = process.argv[2];
const types = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array };

function read({ file, type, shape }) {
  const bytes = readFileSync(join(folder, file));
  const values = new types[type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return new ort.Tensor(type, values, shape);
}

function rows(tensor) {
  const [n, length] = tensor.dims;
  return Array.from({ length: n }, (_, row) => tensor.data.subarray(row * length, (row + 1) * length));
}

const feeds = (task) =>
  Object.fromEntries(Object.entries(task.inputs).map(([name, input]) => [name, read(input)]));
const open = (file) => ort.InferenceSession.create(readFileSync(join(folder, file)));
const describe = (file) => JSON.parse(readFileSync(join(folder, file), "utf8"));

const run = {
  async graph(session, task) {
    const results = await session.run(feeds(task));
    return Object.fromEntries(Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: [...data] }]));
  },
  async cost(session, task) {
    const inputs = feeds(task);
    let least = Infinity;
    for (let repeat = 0; repeat < task.repeats; repeat++) {
      const begin = process.cpuUsage();
      await session.run(inputs);
      const { user, system } = process.cpuUsage(begin);
      least = Math.min(least, user + system);
    }
    return { microseconds: least };
  },
  async detect(session, task) {
    return detectRPeaks(ort, session, describe(task.description), rows(read(task.signal)), task.seconds);
  },
  async windows(session, task) {
    const peaks = read(task.r_peaks).data;
    const { dims, data } = await cutWindows(ort, session, describe(task.description), rows(read(task.signal)), peaks);
    return { dims, data: [...data] };
  },
  async classify(classes, task) {
    const sessions = { classes, features: await open(task.features) };
    const cluster = task.cluster && read(task.cluster).data;
    const [windows, rr] = [read(task.windows), read(task.rr).data];
    const { dims, data } = await classifyBeats(ort, sessions, describe(task.description), windows, rr, cluster);
    return { dims, data: [...data] };
  },
  async score(session, task) {
    return scoreBeats(session, describe(task.description), read(task.windows));
  },
};

const results = {};
for (const [name, task] of Object.entries(JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")))) {
  const session = await open(task.graph);
  results[name] = await run[task.what](session, task);
}
writeFileSync(join(folder, "results.json"), JSON.stringify(results));
