package io.sluice.spring;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Stands around every request of a servlet container: the filters of {@code sluice.filters} before it, the release of a
 * place when its answer says so, and after it, however and on whichever thread it ended, the end of its passage. Takes
 * part in the dispatches {@code REQUEST} and {@code ASYNC}.
 */
final class ServletFrame implements Filter {

    private final LiveSettings settings;
    private final String mvcPath;

    /** @param mvcPath the path of Spring MVC's servlet, as {@code /web}; empty if it has none of its own */
    ServletFrame(LiveSettings settings, String mvcPath) {
        this.settings = settings;
        this.mvcPath = mvcPath;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest http = (HttpServletRequest) request;
        boolean begins = request.getDispatcherType() == DispatcherType.REQUEST;
        if (begins) {
            ServletCall.begin(http, (HttpServletResponse) response, mvcPath, settings);
        }
        ServletCall call = ServletCall.of(http);
        if (!begins) {
            call.comesBack();
        }
        boolean failed = true;
        try {
            if (call.passes(settings.of(call).filters())) {
                chain.doFilter(request, begins ? call.answer() : response);
            }
            failed = false;
        } finally {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new AtEnd(call));
            } else {
                call.end(failed);
            }
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
