package io.sluice.redis;

import java.util.List;

/**
 * The Redis keys of one limit: {@code prefix:{tag}:kind:limit:hash}, such as {@code
 * sluice:{iy}:l:per-user:Zm9vYmFyYmF6cXV4}.
 */
final class LimitKeys {

    /*
     * All keys of a script call must lie in one slot of a cluster. If each caller had a slot, no two could go out
     * together; if all had one, one master would do all the work. So a caller's hash chooses one of 16 tags, which decides
     * the slot: batches stay large, and up to 16 masters share the work. All limits of a caller have the same tag.
     *
     * The tags are the pairs of letters whose slots come closest to the middles of 16 equal parts of the 16,384 slots.
     * (Numbers would not do: the slots of 0 to 15 belong to four masters of eight.) They are part of the keys, so they
     * never change. Without a cluster they have no effect.
     */

    private static final List<String> TAG_NAMES =
            List.of("ma", "qp", "dj", "wz", "lg", "pv", "uh", "iy", "ly", "ph", "uv", "yc", "rz", "qn", "dt", "ha");

    /** How many there are, a power of two. */
    static final int TAGS = TAG_NAMES.size();

    private static final String BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final CallerKeys callers;
    private final String[] starts = new String[TAGS];

    LimitKeys(String prefix, String kind, String limit, CallerKeys callers) {
        this.callers = callers;
        for (int tag = 0; tag < TAGS; tag++) {
            starts[tag] = tagged(prefix, tag) + kind + ":" + limit + ":";
        }
    }

    /** Returns how keys of a tag begin. */
    static String tagged(String prefix, int tag) {
        return prefix + ":{" + TAG_NAMES.get(tag) + "}:";
    }

    String of(String caller) {
        String hash = callers.hash(caller);
        return starts[tag(hash)].concat(hash);
    }

    /** Returns the tag of a hash, or of a key, which ends in a hash: four of the six bits of its last character. */
    static int tag(String hash) {
        return BASE64_URL.indexOf(hash.charAt(hash.length() - 1)) & (TAGS - 1);
    }
}
