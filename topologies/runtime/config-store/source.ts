/** A source's URL without its credentials, and the credentials as `user:password`, still plain. */
export interface SplitSource {
  readonly url: string;
  readonly credentials: string | null;
}

/**
 * Takes `user:password@` out of a URL, percent-decoded, so that it is stored encrypted and never printed.
 * Cameras' passwords often hold characters a URL forbids, such as @, # and /: the last @ before the host
 * separates, whatever stands before it.
 */
export const splitSource = (text: string): SplitSource => {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([\s\S]*)$/i.exec(text);
  if (!match || match[1] === undefined || match[2] === undefined) return { url: text, credentials: null };
  const [, scheme, rest] = match;
  const strict = /^([^/?#]*)([\s\S]*)$/.exec(rest);
  const authority = strict?.[1] ?? '';
  // An @ after the first slash belongs to the password only when the part before the slash cannot be a host.
  const at = authority.includes('@') ? lastAt(rest, authority) : looseAt(rest);
  if (at === -1) return { url: text, credentials: null };
  return { url: `${scheme}${rest.slice(at + 1)}`, credentials: decode(rest.slice(0, at)) };
};

const addressLike = /^(\[[0-9a-f:.]+\]|\d+\.\d+\.\d+\.\d+)(:\d+)?([/?#]|$)/i;
const hostLike = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?([/?#]|$)/i;

/**
 * The last @ of the authority, or a later one when that is followed by an IP address, or when only that is followed
 * by something like a host.
 */
const lastAt = (rest: string, authority: string): number => {
  const later = rest.lastIndexOf('@');
  if (addressLike.test(rest.slice(later + 1))) return later;
  const last = authority.lastIndexOf('@');
  return hostLike.test(rest.slice(last + 1)) ? last : looseAt(rest);
};

/** `user:pa/ss@host`: the part before the slash has a colon but no port behind it. */
const looseAt = (rest: string): number => {
  if (hostLike.test(rest)) return -1;
  for (let at = rest.lastIndexOf('@'); at !== -1; at = at === 0 ? -1 : rest.lastIndexOf('@', at - 1))
    if (hostLike.test(rest.slice(at + 1))) return at;
  return -1;
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % in a password is a per cent sign.
    return text;
  }
};
