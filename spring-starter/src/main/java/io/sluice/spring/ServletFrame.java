package io.sluice.spring;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Encloses every request of a servlet container. Applies the filters of {@code sluice.filters} before the request, and
 * frees a place when the answer says so. Ends the passage after the request, however and on whichever thread it ended.
 * Takes part in the dispatches {@code REQUEST}, {@code ASYNC} and {@code FORWARD}: a filter in front may have a
 * request begin here with any of them.
 */
final class ServletFrame implements Filter {

    /*
     * A request that the frame holds passes it for the first time in a dispatch ASYNC. There the container leaves out
     * the filters that are mapped to REQUEST alone, and Spring's filters leave themselves out, as if the request had
     * passed them before: nobody would check a signature, or a CSRF token. Therefore
     *   - what is behind the frame gets such a request as one of the dispatch REQUEST;
     *   - if a filter behind the frame is not mapped to ASYNC, a request that is held keeps its thread instead.
     */

    private final HttpGate gate;
    private final ServletCalls calls;
    private final FiltersBehind behind;

    ServletFrame(HttpGate gate, ServletCalls calls, FiltersBehind behind) {
        this.gate = gate;
        this.calls = calls;
        this.behind = behind;
    }

    /** Comes when the container has been given all its filters, and before the first request. */
    @Override
    public void init(FilterConfig config) {
        behind.find(config.getServletContext());
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        DispatcherType dispatch = request.getDispatcherType();
        ServletCall known = dispatch == DispatcherType.REQUEST ? null : ServletCall.resume(http);
        if (known != null && dispatch == DispatcherType.FORWARD && known.goesStraightOn()) {
            chain.doFilter(request, response);
            return;
        }
        ServletCall call = known == null ? calls.begin(http, (HttpServletResponse) response) : known;
        if (known != null) {
            known.comesBack();
        }
        boolean failed = true;
        call.isInFrame(true);
        try {
            HttpServletResponse answer =
                    known == null ? call.answer() : known.answerOver((HttpServletResponse) response);
            if (passes(call, http, answer)) {
                goOn(call.comesBehindFrame() && known != null, http, answer, chain);
            }
            failed = false;
        } catch (IOException | ServletException | RuntimeException e) {
            RefusedException refused = RefusedException.in(e);
            if (refused == null || response.isCommitted() || http.isAsyncStarted()) {
                throw e;
            }
            // A bean refused a filter; what Spring MVC handles has its answer from MvcRefusals.
            call.answer().write(gate.refusal(call, refused));
            failed = false;
        } finally {
            call.isInFrame(false);
            ServletCalls.endWith(http, call, failed);
        }
    }

    private boolean passes(ServletCall call, HttpServletRequest request, HttpServletResponse answer)
            throws IOException {
        Gate filters = gate.settings().of(call).filters();
        return behind.needTheThread() ? call.passesOnThisThread(filters) : call.passes(filters, request, answer);
    }

    /** @param wasHeld whether this is the dispatch REQUEST to what is behind the frame */
    private static void goOn(boolean wasHeld, HttpServletRequest request, HttpServletResponse answer, FilterChain chain)
            throws IOException, ServletException {
        if (!wasHeld) {
            chain.doFilter(request, answer);
            return;
        }
        Begun begun = new Begun(request);
        try {
            chain.doFilter(begun, answer);
        } finally {
            begun.isOver = true;
        }
    }

    /** A request as if it had not been held. Asynchronous handlers bring it back in further dispatches. */
    private static final class Begun extends HttpServletRequestWrapper {

        private volatile boolean isOver;

        Begun(HttpServletRequest request) {
            super(request);
        }

        @Override
        public DispatcherType getDispatcherType() {
            return isOver ? super.getDispatcherType() : DispatcherType.REQUEST;
        }
    }
}
