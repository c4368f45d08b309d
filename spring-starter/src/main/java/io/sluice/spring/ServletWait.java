package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncManager;
import org.springframework.web.context.request.async.WebAsyncUtils;

/** How a request of a servlet container waits for a gate: on its thread, or without one until a further dispatch. */
final class ServletWait {

    static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    /** The result that ends a wait. {@link #end} removes it before a handler could take it for its own result. */
    private static final Object OVER = new Object();

    /** What Spring Security's {@code RequestAttributeSecurityContextRepository} reads in further dispatches. */
    private static final String SECURITY_CONTEXT =
            "org.springframework.security.web.context.RequestAttributeSecurityContextRepository.SPRING_SECURITY_CONTEXT";

    private ServletWait() {}

    /** Returns when the gate has answered, or when the longest time is over. */
    static void onThread(CompletableFuture<?> entered, Duration longest) throws IOException {
        if (entered.isDone()) {
            return;
        }
        try {
            entered.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            // The caller looks at the outcome.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting to be let in");
        }
    }

    /**
     * Has the container dispatch the request anew when the gate has answered. The caller must return at once.
     *
     * @param current the caller's request, which filters may have wrapped
     * @param answer the caller's response
     */
    static void untilDispatch(CompletionStage<?> entered, HttpServletRequest current, HttpServletResponse answer) {
        keepPrincipal(current);
        WebAsyncManager manager = WebAsyncUtils.getAsyncManager(current);
        // Replaces the one of an earlier wait: filters may have wrapped the request since.
        manager.setAsyncWebRequest(WebAsyncUtils.createAsyncWebRequest(current, answer));
        // No time-out here: each gate has its own.
        DeferredResult<Object> over = new DeferredResult<>(0L);
        try {
            manager.startDeferredResultProcessing(over);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "Waiting needs asynchronous dispatch, which a servlet or a filter in front"
                            + " of Sluice's does not support",
                    e);
        }
        entered.whenComplete((refusal, failure) -> over.setResult(OVER));
    }

    /**
     * Keeps the principal for further dispatches. Spring Security wants the filters that authenticate a request to do
     * so, but many an application's own filter sets only the thread's principal.
     */
    private static void keepPrincipal(HttpServletRequest current) {
        Object context = Principals.context();
        if (context != null && current.getAttribute(SECURITY_CONTEXT) == null) {
            current.setAttribute(SECURITY_CONTEXT, context);
        }
    }

    /** Ends the wait of a request that is dispatched anew, if it has waited. */
    static void end(HttpServletRequest request) {
        WebAsyncManager manager = WebAsyncUtils.getAsyncManager(request);
        if (manager.hasConcurrentResult() && manager.getConcurrentResult() == OVER) {
            manager.clearConcurrentResult();
        }
    }
}
