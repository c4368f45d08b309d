package io.sluice.spring;

/** Checks what a live change does not apply, so that what is accepted does not fail the next start. */
@FunctionalInterface
interface StartCheck {

    /**
     * Checks properties.
     *
     * @throws SluiceConfigurationException if a start with them would fail
     */
    void check(SluiceProperties properties);
}
