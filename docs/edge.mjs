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
