package io.sluice.spring;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What futures make of failures. */
final class Failures {

    private Failures() {}

    /** Returns what has failed, without what futures that depend on it have wrapped it in. */
    static Throwable causeOf(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
