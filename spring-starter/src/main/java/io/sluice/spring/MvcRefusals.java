package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/** Answers refused calls of beans where the Spring MVC application does not do so itself. */
final class MvcRefusals implements HandlerExceptionResolver, Ordered {

    private final HttpGate gate;
    private final ServletCalls calls;

    MvcRefusals(HttpGate gate, ServletCalls calls) {
        this.gate = gate;
        this.calls = calls;
    }

    /** Comes after the resolvers of Spring MVC, and so after the application's {@code @ExceptionHandler} methods. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        RefusedException refused = RefusedException.in(failure);
        if (refused == null || response.isCommitted()) {
            return null;
        }
        ServletCall call = calls.of(request, response);
        try {
            call.answer().write(gate.refusal(call, refused));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            call.endRefused();
        }
        return new ModelAndView();
    }
}
