package io.sluice.spring;

/** Tells what is wrong with the configuration, and what to do about it. */
final class SluiceConfigurationException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String remedy;

    SluiceConfigurationException(String message, String remedy) {
        super(message);
        this.remedy = remedy;
    }

    private SluiceConfigurationException(String message, String remedy, Throwable cause) {
        super(message, cause);
        this.remedy = remedy;
    }

    /** Returns what is wrong with the values under a property. */
    static SluiceConfigurationException at(String property, IllegalArgumentException cause) {
        String remedy = cause instanceof SluiceConfigurationException known
                ? known.remedy
                : "Correct the values under " + property + ". docs/configuration.md lists them all.";
        return new SluiceConfigurationException(property + ": " + cause.getMessage(), remedy, cause);
    }

    String remedy() {
        return remedy;
    }
}
