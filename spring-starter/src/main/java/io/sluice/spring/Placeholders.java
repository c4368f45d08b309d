package io.sluice.spring;

import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses values in which a placeholder is left. Spring Boot keeps the text of a placeholder that has no value, and the
 * text <code>${SLUICE_SECRET}</code> is long enough for a secret, which everybody would know.
 */
final class Placeholders {

    private static final String BEGIN = "${";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[\\w.\\-\\[\\]]+}");
    private static final String SECRET = "sluice.secret";

    private Placeholders() {}

    /** @throws SluiceConfigurationException if a placeholder is left in the text, or in a text of the collection */
    static void check(String property, Object value) {
        if (value instanceof String text) {
            check(property, text);
        } else if (value instanceof Collection<?> values) {
            values.forEach(each -> check(property, each));
        }
    }

    private static void check(String property, String text) {
        if (!text.contains(BEGIN)) {
            return;
        }
        boolean isSecret = property.equals(SECRET);
        throw new SluiceConfigurationException(
                property + ": " + shown(text, isSecret) + " has no value",
                "Set the environment variable"
                        + (isSecret
                                ? ", for example from: openssl rand -hex 32"
                                : " or the property that the placeholder names."));
    }

    /** Shows the placeholder alone. What stands around it may be secret, and inside a secret so may the placeholder. */
    private static String shown(String text, boolean isSecret) {
        Matcher placeholder = PLACEHOLDER.matcher(text);
        boolean isKnown = isSecret ? placeholder.matches() : placeholder.find();
        return isKnown ? "the placeholder " + placeholder.group() : "a placeholder in it";
    }
}
