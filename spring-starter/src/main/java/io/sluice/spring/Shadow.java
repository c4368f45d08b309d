package io.sluice.spring;

/** Marks a request that a protection in shadow mode would have refused or held. */
final class Shadow {

    /** A list of strings (RFC 9651): the names of the protections that would have refused or held the request. */
    static final String HEADER = "Sluice-Shadow";

    private Shadow() {}

    /**
     * Adds the mark.
     *
     * @param kind limit, room or guard
     */
    static void mark(GatedCall call, String kind, String name) {
        call.addResponseHeader(HEADER, '"' + name + "\";kind=" + kind);
    }
}
