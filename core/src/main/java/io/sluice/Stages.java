package io.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Waits for asynchronous answers, and unwraps their failures. */
final class Stages {

    private Stages() {}

    /** Returns a failure without the exception that stages wrap around it. */
    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** Returns the stage that a question gives; a failed one if the question throws. */
    static <T> CompletionStage<T> of(Supplier<CompletionStage<T>> question) {
        try {
            return question.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Asks and waits for the answer, as {@link #await} does, until the thread is interrupted. The wait is then given up;
     * an answer that is there by then is given back.
     *
     * @throws InterruptedException if the thread is interrupted; if it is already, nothing is asked
     */
    static <T> T awaitInterruptibly(Supplier<CompletionStage<T>> question, Consumer<T> giveBack)
            throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        CompletableFuture<T> answer = question.get().toCompletableFuture();
        try {
            return answer.get();
        } catch (InterruptedException e) {
            if (!answer.cancel(false) && !answer.isCompletedExceptionally()) {
                giveBack.accept(answer.join());
            }
            throw e;
        } catch (ExecutionException e) {
            return await(answer);
        }
    }

    /** Waits for the answer, and throws its failure unwrapped. */
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
