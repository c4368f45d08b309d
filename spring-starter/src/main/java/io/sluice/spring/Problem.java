package io.sluice.spring;

/** The kinds of problem documents (RFC 9457) and their status codes. */
enum Problem {
    QUOTA_EXCEEDED("https://iana.org/assignments/http-problem-types#quota-exceeded", "Too many requests", 429),
    REDUCED_CAPACITY(
            "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
            "Temporarily overloaded",
            503),
    WAITING_ROOM("waiting-room", "Please wait your turn", 429),
    MALFORMED("malformed-request", "The request cannot be read", 400),
    INVALID_TICKET("invalid-ticket", "The ticket is not valid", 400),
    FOREIGN_TICKET("foreign-ticket", "The ticket belongs to another visitor", 403),
    NO_KEY("unknown-caller", "The caller is not known", 403),
    CROSS_SITE("cross-site", "The request comes from another site", 403),
    UNKNOWN_ROOM("unknown-room", "There is no such waiting room", 404),
    NOT_READY("not-ready", "It is not your turn yet", 409),
    ROOM_CLOSED("room-closed", "The waiting room is closed", 503);

    private static final String OWN_TYPES = "urn:sluice:problem:";

    private final String type;
    private final String title;
    private final int status;

    Problem(String type, String title, int status) {
        this.type = type.contains(":") ? type : OWN_TYPES + type;
        this.title = title;
        this.status = status;
    }

    String type() {
        return type;
    }

    /** Returns the last word of the type, such as {@code quota-exceeded}. */
    String shortType() {
        return type.substring(Math.max(type.lastIndexOf(':'), type.lastIndexOf('#')) + 1);
    }

    String title() {
        return title;
    }

    int status() {
        return status;
    }
}
