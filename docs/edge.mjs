// R peaks, anomaly scores and classes in JavaScript, from what `ectopy export` wrote.
// Nothing is imported: hand over onnxruntime (`ort`: onnxruntime-web in a browser or node, onnxruntime-node).

/** Find the R peaks of a recording.
 *
 * @param ort          onnxruntime
 * @param session      of qrs.onnx or qrs.int8.onnx
 * @param description  qrs.json
 * @param leads        one Float32Array per lead: mV at description.timing.signal_hz, NaN where missing
 * @param seconds      worked on at a time; the result does not depend on it
 * @returns {rPeaks, probability}: places between the samples, and the probability of a beat frame by frame
 */
export async function detectRPeaks(ort, session, description, leads, seconds = 60) {
  const { signal_hz: fs, probability_hz: hz, samples_multiple_of: step, context_samples: reach } =
    description.timing;
  const edge = description.post_processing.edge_seconds * fs;
  const n = leads[0].length;
  const size = Math.ceil((seconds * fs) / step) * step;
  const rPeaks = [];
  const probability = [];
  for (let start = 0; start < n; start += size) {
    const length = Math.ceil(Math.min(size, n - start) / step) * step;
    const signal = withContext(leads, start - reach, length + 2 * reach);
    const result = await session.run({ signal: new ort.Tensor("float32", signal, [leads.length, length + 2 * reach]) });
    for (const peak of result.r_peaks.data) {
      const place = peak - reach;
      if (place >= 0 && place < length) rPeaks.push(start + place);
    }
    const frames = (samples) => Math.round((samples * hz) / fs);
    probability.push(...result.probability.data.subarray(frames(reach), frames(reach + length)));
  }
  return { rPeaks: rPeaks.filter((peak) => peak >= edge && peak < n - edge), probability };
}

/** Cut the filtered windows of beats: NAME.windows.onnx, for recordings that fit into memory. */
export async function cutWindows(ort, session, description, leads, rPeaks) {
  const step = description.timing.samples_multiple_of;
  const n = Math.floor(leads[0].length / step) * step;
  const signal = withContext(leads, 0, n);
  const result = await session.run({
    signal: new ort.Tensor("float32", signal, [leads.length, n]),
    r_peaks: new ort.Tensor("float64", Float64Array.from(rPeaks), [rPeaks.length]),
  });
  return result.windows; // (n_beats, n_leads, n_times)
}

/** Say which beats are abnormal, from the windows of one lead (an `ort.Tensor`) of up to half an hour. */
export async function scoreBeats(session, description, windows) {
  const { score } = await session.run({ windows });
  return Array.from(score.data, (value) => ({ score: value, abnormal: value > description.post_processing.threshold }));
}

/** Say how probable each class is, from the windows of one lead (an `ort.Tensor`) of up to half an hour.
 *
 * @param sessions  {features, classes}: of NAME.features.onnx and NAME.onnx
 * @param rr        seconds since the beat before, NaN where unknown
 * @param cluster   number of the shape of each beat; found by `clusterBeats` if left out
 * @returns an `ort.Tensor` of (n_beats, n_classes)
 */
export async function classifyBeats(ort, sessions, description, windows, rr, cluster) {
  const numbers = BigInt64Array.from(cluster ?? clusterBeats(description, windows), BigInt);
  const { features } = await sessions.features.run({
    windows,
    rr: new ort.Tensor("float32", Float32Array.from(rr), [rr.length]),
    cluster: new ort.Tensor("int64", numbers, [rr.length]),
  });
  return (await sessions.classes.run({ features })).probability;
}

/** Number the shapes of beats: those alike have the same number, 0 is the most frequent shape. */
export function clusterBeats(description, windows, sample = 400) {
  const { cluster_correlation: alike, clusters_at_most: most } = description.post_processing;
  const { cluster_first_sample: first, cluster_last_sample: last } = description.post_processing;
  const [n, , length] = windows.dims;
  const shapes = Array.from({ length: n }, (_, i) => unit(windows.data.subarray(i * length + first, i * length + last)));
  const cluster = new Array(n).fill(-1);
  const averages = [];
  const unassigned = () => cluster.flatMap((number, i) => (number < 0 ? [i] : []));
  for (let left = unassigned(); left.length && averages.length < most; left = unassigned()) {
    const step = Math.ceil(left.length / sample);
    const some = left.filter((_, i) => i % step === 0);
    const friends = some.map((i) => some.filter((j) => dot(shapes[i], shapes[j]) >= alike).length);
    let average = shapes[some[friends.indexOf(Math.max(...friends))]];
    const members = () => left.filter((i) => dot(shapes[i], average) >= alike);
    average = unit(mean(members().map((i) => shapes[i])));
    const found = members();
    if (!found.length) found.push(nearest(left, (i) => dot(shapes[i], average)));
    found.forEach((i) => (cluster[i] = averages.length));
    averages.push(average);
  }
  const numbers = averages.map((_, number) => number);
  unassigned().forEach((i) => (cluster[i] = nearest(numbers, (number) => dot(shapes[i], averages[number]))));
  const size = (number) => cluster.filter((each) => each === number).length;
  const ranks = numbers.map((number) => [size(number), number]).sort((a, b) => b[0] - a[0]);
  return cluster.map((number) => ranks.findIndex(([, each]) => each === number));
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const mean = (rows) => rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
const nearest = (items, value) => items.reduce((best, item) => (value(item) > value(best) ? item : best));

/** Return values of mean zero and length one; flat ones become constant. */
function unit(values) {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = Array.from(values, (value) => value - average);
  const length = Math.sqrt(dot(centred, centred));
  return length > 1e-6 ? centred.map((value) => value / length) : centred.map(() => centred.length ** -0.5);
}

/** Samples `first` to `first + length` of every lead, one after the other; NaN beyond the recording. */
function withContext(leads, first, length) {
  const signal = new Float32Array(leads.length * length).fill(NaN);
  leads.forEach((lead, row) => {
    const start = Math.max(0, first);
    const part = lead.subarray(start, Math.max(start, first + length));
    signal.set(part, row * length + start - first);
  });
  return signal;
}
