package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.AsyncHandlerInterceptor;

/**
 * Protects annotated handler methods of Spring MVC. It is the first interceptor: a wait holds nothing that others
 * open. It begins and ends the call of a request that has not met {@link ServletFrame}, whatever handles it.
 */
final class MvcHandlerGates implements AsyncHandlerInterceptor {

    private final HandlerGates gates;
    private final ServletCalls calls;

    MvcHandlerGates(HandlerGates gates, ServletCalls calls) {
        this.gates = gates;
        this.calls = calls;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        ServletCall call = calls.of(request, response);
        boolean passes = false;
        try {
            Gate gate = gate(handler);
            passes = gate == null || call.passes(gate, request, response);
        } finally {
            // Spring MVC does not tell an interceptor about the end of a request that it has stopped.
            if (!passes) {
                call.endRefused();
            }
        }
        return passes;
    }

    private @Nullable Gate gate(Object handler) {
        return handler instanceof HandlerMethod method ? gates.of(method.getMethod(), method.getBeanType()) : null;
    }

    @Override
    public void afterConcurrentHandlingStarted(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        endWith(request, false);
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception failure) {
        endWith(request, failure != null);
    }

    private static void endWith(HttpServletRequest request, boolean failed) {
        ServletCall call = ServletCall.find(request);
        if (call != null && !call.hasFrame()) {
            ServletCalls.endWith(request, call, failed);
        }
    }
}
