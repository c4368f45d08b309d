package io.sluice.spring;

import java.util.regex.Pattern;

/**
 * Refuses durations without a unit. Spring Boot reads a bare number as milliseconds, and {@code stay: 300} would put
 * visitors out before they have seen anything.
 */
final class Durations {

    private static final Pattern BARE_NUMBER = Pattern.compile("[+-]?\\d*[1-9]\\d*");

    private Durations() {}

    /** @throws IllegalArgumentException if the text is a number other than 0, without a unit */
    static void checkUnit(String text) {
        if (BARE_NUMBER.matcher(text.strip()).matches()) {
            throw new IllegalArgumentException(text + " has no unit");
        }
    }
}
