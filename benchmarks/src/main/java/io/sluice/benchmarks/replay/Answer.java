package io.sluice.benchmarks.replay;

/**
 * The answer to a call.
 *
 * @param status the HTTP status, or {@link #TIMED_OUT} or {@link #BROKEN}
 */
record Answer(int status, String body) {

    /** No answer came within the client's connect or response timeout. */
    static final int TIMED_OUT = 0;

    /** The connection ended without an answer. */
    static final int BROKEN = -1;

    /** Returns a field of the JSON body, or an empty text. */
    String field(String name) {
        return Json.fields(body).getOrDefault(name, "");
    }

    static String statusName(int status) {
        return switch (status) {
            case TIMED_OUT -> "timeout";
            case BROKEN -> "broken";
            default -> Integer.toString(status);
        };
    }
}
