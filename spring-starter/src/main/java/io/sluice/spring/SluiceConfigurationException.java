package io.sluice.spring;

import java.util.function.Supplier;

/** Says what is wrong with the configuration, and what to do about it. */
final class SluiceConfigurationException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    SluiceConfigurationException(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    SluiceConfigurationException(String message, String remedy, Throwable cause) {
        super(message, cause);
        this.remedy = remedy;
    }

    /** Returns what is wrong with the values under a property. */
    static SluiceConfigurationException at(String property, IllegalArgumentException cause) {
        String remedy = cause instanceof SluiceConfigurationException known
                ? known.remedy
                : "Correct the values under " + property + ".";
        String message = String.valueOf(cause.getMessage());
        boolean saysWhere = message.startsWith(property);
        return new SluiceConfigurationException(saysWhere ? message : property + ": " + message, remedy, cause);
    }

    /** Returns what is wrong with an annotation. */
    static SluiceConfigurationException on(String annotation, IllegalArgumentException cause) {
        String remedy = cause instanceof SluiceConfigurationException known ? known.remedy : "Correct the annotation.";
        return new SluiceConfigurationException(annotation + ": " + cause.getMessage(), remedy, cause);
    }

    /** Reads the values under a property, and names the property if they are wrong. */
    static <T> T under(String property, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw at(property, e);
        }
    }

    /** Checks the values under a property, and names the property if they are wrong. */
    static void check(String property, Runnable check) {
        try {
            check.run();
        } catch (IllegalArgumentException e) {
            throw at(property, e);
        }
    }

    String remedy() {
        return remedy;
    }
}
