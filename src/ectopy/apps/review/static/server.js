// What is asked of the server. Everything stays on this machine.

/** What the server, or the way to it, did not do; the message is for people. */
export class Refused extends Error {}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, credentials: "same-origin" });
  } catch {
    throw new Refused("The server does not answer. Is ectopy review still running? Every change that was shown as saved is saved.");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  throw new Refused(text.trim() || `The server answered ${answer.status}.`);
}

const asPost = (value) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });

export const getJson = async (path) => (await ask(path)).json();
export const postJson = async (path, value = {}) => (await ask(path, asPost(value))).json();
export const getBytes = async (path, signal) => (await ask(path, { signal })).arrayBuffer();
export const postBytes = async (path, value = {}) => (await ask(path, asPost(value))).arrayBuffer();

/** Return the bytes of an answer, or null where there is nothing new. */
export async function getNews(path) {
  const answer = await ask(path);
  return answer.status === 204 ? null : answer.arrayBuffer();
}
