package io.sluice;

import java.util.Objects;
import java.util.regex.Pattern;

/** What limits, rooms and guards may be called: safe in a store key, a header, a metric tag and a cookie name. */
final class Names {

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private Names() {}

    static void check(String what, String name) {
        Objects.requireNonNull(name, "name");
        if (!VALID.matcher(name).matches()) {
            String shown = name.length() > 64 ? name.substring(0, 64) + "…" : name;
            throw new IllegalArgumentException("The name of a " + what
                    + " is 1 to 64 characters of A-Z a-z 0-9 . _ -, but it was \"" + shown + "\"");
        }
    }
}
