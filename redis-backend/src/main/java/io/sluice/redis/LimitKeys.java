package io.sluice.redis;

import java.util.List;

/**
 * The Redis keys of one limit: {@code prefix:{tag}:kind:limit:name}, such as {@code
 * sluice:{iy}:l:per-user:Zm9vYmFyYmF6cXV4}. The name is the 16 characters that stand for a caller, or that of a hash
 * which many callers share.
 */
final class LimitKeys {

    /*
     * All keys of a script call must lie in one slot of a cluster. If each caller had a slot, no two could go out
     * together; if all had one, one master would do all the work. So a caller's hash chooses one of 16 tags, which
     * decides the slot: batches stay large, and up to 16 masters share the work. All limits of a caller have the same
     * tag.
     *
     * The tags are the pairs of letters whose slots come closest to the middles of 16 equal parts of the 16,384
     * slots. (Numbers would not do: the slots of 0 to 15 belong to four masters of eight.) They are part of the keys,
     * so they never change. Without a cluster they have no effect.
     */

    private static final List<String> TAG_NAMES =
            List.of("ma", "qp", "dj", "wz", "lg", "pv", "uh", "iy", "ly", "ph", "uv", "yc", "rz", "qn", "dt", "ha");

    /** The number of tags, a power of two. */
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

    /** Returns the prefix of a tag's keys. */
    static String tagged(String prefix, int tag) {
        return prefix + ":{" + TAG_NAMES.get(tag) + "}:";
    }

    /** Returns the name that stands for a caller. */
    String name(String caller) {
        return callers.hash(caller);
    }

    /** Returns a caller's own key. */
    String ofName(String name) {
        return starts[tag(name)].concat(name);
    }

    String of(String caller) {
        return ofName(name(caller));
    }

    /** Returns the keys of the hashes that callers share, of even and of odd generations. */
    String[] generations(int tag) {
        return new String[] {starts[tag].concat("even"), starts[tag].concat("odd")};
    }

    /** Returns the tag of a name, or of a key, which ends in a name: four of the six bits of its last character. */
    static int tag(String name) {
        return BASE64_URL.indexOf(name.charAt(name.length() - 1)) & (TAGS - 1);
    }
}
