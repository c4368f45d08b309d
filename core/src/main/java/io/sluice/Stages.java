package io.sluice;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The blocking face of an asynchronous answer, and what went wrong with one. */
final class Stages {

    private Stages() {}

    /** Returns a failure without what stages wrap around it on the way. */
    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Waits for the answer, and throws what went wrong as it is. */
    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            Throwable cause = cause(e);
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof RuntimeException exception ? exception : e;
        }
    }
}
