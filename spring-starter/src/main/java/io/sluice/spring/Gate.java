package io.sluice.spring;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a request must pass before it reaches what is protected: a limit, a room, a guard, or several in a row. Every
 * adapter asks one gate and then goes on or writes the answer; what the request holds from then on is in its {@link
 * Passage}.
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
     * @return completes with nothing if it may, with the answer that it gets instead if not
     */
    CompletionStage<Optional<HttpAnswer>> enter(HttpCall call);

    /**
     * As {@link #enter}, but a CORS preflight passes: it has no credentials to know its sender by, and the call that a
     * browser wants to know about comes next. To be asked by adapters.
     */
    default CompletionStage<Optional<HttpAnswer>> enterUnlessPreflight(HttpCall call) {
        boolean preflight = call.method().equals("OPTIONS")
                && call.header("Origin") != null
                && call.header("Access-Control-Request-Method") != null;
        return preflight ? PASS : enter(call);
    }

    /** One after the other, up to the first that refuses. */
    static Gate inOrder(List<Gate> gates) {
        List<Gate> copy = List.copyOf(gates);
        return copy.size() == 1 ? copy.get(0) : call -> enter(call, copy.iterator());
    }

    private static CompletionStage<Optional<HttpAnswer>> enter(HttpCall call, Iterator<Gate> rest) {
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
