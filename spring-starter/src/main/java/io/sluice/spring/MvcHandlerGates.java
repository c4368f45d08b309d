package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** Protects annotated handler methods of Spring MVC. The first interceptor: a wait holds nothing that others open. */
final class MvcHandlerGates implements HandlerInterceptor {

    private final HandlerGates gates;

    MvcHandlerGates(HandlerGates gates) {
        this.gates = gates;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (!(handler instanceof HandlerMethod method)) {
            return true;
        }
        Gate gate = gates.of(method.getMethod(), method.getBeanType());
        return gate == null || ServletCall.of(request).passes(gate, request, response);
    }
}
