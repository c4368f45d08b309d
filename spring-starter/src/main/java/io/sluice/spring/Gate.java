package io.sluice.spring;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a request must pass before it reaches what is protected: a limit, a room, a guard, or several in a row. An
 * adapter asks one gate, then goes on or writes the answer. The request's {@link Passage} has what it then holds.
 */
@FunctionalInterface
interface Gate {

    /** The answer of a gate that lets a call pass. */
    CompletionStage<Optional<HttpAnswer>> PASS = CompletableFuture.completedFuture(Optional.empty());

    /** Lets every call pass. */
    Gate OPEN = call -> PASS;

    /**
     * Asks whether the call may pass. Never blocks.
     *
     * @return completes empty if the call may pass, else with the answer that it gets instead
     */
    CompletionStage<Optional<HttpAnswer>> enter(GatedCall call);

    /**
     * Does the same as {@link #enter}, but lets a CORS preflight pass: it has no credentials that identify its caller,
     * and the call that it asks about comes next. For adapters.
     */
    default CompletionStage<Optional<HttpAnswer>> enterUnlessPreflight(GatedCall call) {
        boolean preflight = call.method().equals("OPTIONS")
                && call.header("Origin") != null
                && call.header("Access-Control-Request-Method") != null;
        return preflight ? PASS : enter(call);
    }

    /** Returns the gate that asks these one after another, up to the first that refuses. */
    static Gate inOrder(List<Gate> gates) {
        List<Gate> copy = List.copyOf(gates);
        return copy.size() == 1 ? copy.get(0) : call -> enter(call, copy.iterator());
    }

    private static CompletionStage<Optional<HttpAnswer>> enter(GatedCall call, Iterator<Gate> rest) {
        while (rest.hasNext()) {
            CompletableFuture<Optional<HttpAnswer>> entered =
                    rest.next().enter(call).toCompletableFuture();
            if (!entered.isDone()) {
                return entered.thenCompose(answer -> answer.isPresent() ? entered : enter(call, rest));
            }
            if (entered.isCompletedExceptionally() || entered.join().isPresent()) {
                return entered;
            }
        }
        return PASS;
    }
}
