package io.sluice;

import java.util.concurrent.CompletableFuture;

/** A guard through its blocking or its asynchronous method, so that one suite tests both. */
enum GuardFace {
    BLOCKING {
        @Override
        CompletableFuture<Guard.Permit> ask(Guard guard, String caller) {
            CompletableFuture<Guard.Permit> answer = new CompletableFuture<>();
            Thread thread = new Thread(
                    () -> {
                        try {
                            answer.complete(guard.acquire(caller));
                        } catch (RuntimeException | InterruptedException e) {
                            answer.completeExceptionally(e);
                        }
                    },
                    "caller " + caller);
            thread.setDaemon(true);
            thread.start();
            while (!answer.isDone() && thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            return answer;
        }
    },
    ASYNCHRONOUS {
        @Override
        CompletableFuture<Guard.Permit> ask(Guard guard, String caller) {
            return guard.acquireAsync(caller).toCompletableFuture();
        }
    };

    /** Asks for a turn, and returns once the call has its answer or waits. */
    abstract CompletableFuture<Guard.Permit> ask(Guard guard, String caller);
}
