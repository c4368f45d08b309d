package io.sluice.redis;

/** The Redis keys of one limit: {@code prefix:{tag}:kind:limit:hash}, such as {@code sluice:{7}:l:per-user:Zm9vYmFyYmF6cXV4}. */
final class LimitKeys {

    /*
     * All keys of a script call must lie in one slot of a cluster. If each caller had a slot, no two could go out
     * together; if all had one, one master would do all the work. So a caller's hash chooses one of 16 tags, which decides
     * the slot: batches stay large, and up to about eight masters share the work. All limits of a caller have the same
     * tag. The number is part of the keys, so it never changes; without a cluster the tag has no effect.
     */

    /** A power of two. */
    static final int TAGS = 16;

    private static final String BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final CallerKeys callers;
    private final String[] starts = new String[TAGS];

    LimitKeys(String prefix, String kind, String limit, CallerKeys callers) {
        this.callers = callers;
        for (int tag = 0; tag < TAGS; tag++) {
            starts[tag] = tagged(prefix, tag) + kind + ":" + limit + ":";
        }
    }

    static String tagged(String prefix, int tag) {
        return prefix + ":{" + tag + "}:";
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
