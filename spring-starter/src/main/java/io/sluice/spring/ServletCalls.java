package io.sluice.spring;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** Begins and ends the calls of a servlet container's requests. */
final class ServletCalls {

    private final HttpGate gate;
    private final String mvcPath;

    /** @param mvcPath the path of Spring MVC's servlet, as {@code /web}; empty if it has none of its own */
    ServletCalls(HttpGate gate, String mvcPath) {
        this.gate = gate;
        this.mvcPath = mvcPath;
    }

    ServletCall begin(HttpServletRequest request, HttpServletResponse response) {
        return ServletCall.begin(request, response, mvcPath, gate.settings(), gate.storeCall());
    }

    /**
     * Returns the call of a request; begins one if the request has not met {@link ServletFrame}, as in a dispatch
     * {@code ERROR} or in a {@code MockMvc} without filters.
     */
    ServletCall of(HttpServletRequest request, HttpServletResponse response) {
        ServletCall known = ServletCall.resume(request);
        return known == null ? begin(request, response).begunWithoutFrame() : known;
    }

    /**
     * Ends a call with its request, however and on whichever thread that ends.
     *
     * @param failed whether an exception has ended it
     */
    static void endWith(HttpServletRequest request, ServletCall call, boolean failed) {
        if (request.isAsyncStarted()) {
            request.getAsyncContext().addListener(new AtEnd(call));
        } else {
            call.end(failed);
        }
    }

    private record AtEnd(ServletCall call) implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            call.end(false);
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
