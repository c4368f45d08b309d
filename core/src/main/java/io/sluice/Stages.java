package io.sluice;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The blocking face of an asynchronous answer. */
final class Stages {

    private Stages() {}

    /** Waits for the answer, and throws what went wrong as it is. */
    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
