package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;

/** The servlet filters around Sluice's: where a request that is held, or led elsewhere, meets which. */
@Tag("servlet")
@ExtendWith(OutputCaptureExtension.class)
class ServletFiltersTest {

    /** An application with a filter of its own behind Sluice's, which lets nobody through unchecked. */
    @Configuration(proxyBeanMethods = false)
    @Import(ServletTest.Application.class)
    static class WithFilter {

        @Bean
        OncePerRequestFilter checks() {
            return new Checks();
        }

        @Bean
        Vault vault(Service service) {
            return new Vault(service);
        }
    }

    /** As the filter of {@link WithFilter}, and one that knows nothing of further dispatches. */
    @Configuration(proxyBeanMethods = false)
    @Import(WithFilter.class)
    static class WithPlainFilter {

        @Bean
        Filter stamps() {
            return (request, response, chain) -> {
                ((HttpServletResponse) response).addHeader("Stamped", "true");
                chain.doFilter(request, response);
            };
        }
    }

    /** An application that has the container take on a filter that is no bean, as {@code web.xml} does. */
    @Configuration(proxyBeanMethods = false)
    @Import(ServletTest.Application.class)
    static class WithAddedFilter {

        @Bean
        ServletContextInitializer signatures() {
            return context -> {
                FilterRegistration.Dynamic signatures = context.addFilter("signatures", WithAddedFilter::require);
                signatures.setAsyncSupported(true);
                signatures.addMappingForUrlPatterns(null, true, "/*");
            };
        }

        private static void require(ServletRequest request, ServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            if (((HttpServletRequest) request).getHeader("Signature") == null) {
                ((HttpServletResponse) response).sendError(HttpServletResponse.SC_UNAUTHORIZED);
            } else {
                chain.doFilter(request, response);
            }
        }
    }

    /** An application with a filter in front of Sluice's that leads requests elsewhere. */
    @Configuration(proxyBeanMethods = false)
    @Import(ServletTest.Application.class)
    static class WithFilterInFront {

        @Bean
        FilterRegistrationBean<Filter> leads() {
            FilterRegistrationBean<Filter> leads = new FilterRegistrationBean<>(WithFilterInFront::lead);
            leads.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return leads;
        }

        private static void lead(ServletRequest request, ServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String path = ((HttpServletRequest) request).getRequestURI();
            if (path.startsWith("/forwarded/")) {
                request.getRequestDispatcher(path.replace("/forwarded", "")).forward(request, response);
            } else if (path.startsWith("/dispatched/")) {
                request.startAsync().dispatch(path.replace("/dispatched", ""));
            } else {
                chain.doFilter(request, response);
            }
        }

        @Bean
        Forwarding forwarding() {
            return new Forwarding();
        }
    }

    @Controller
    static class Forwarding {

        @RequestMapping("/forwarding/{id}")
        String forward() {
            return "forward:/orders/1";
        }

        @RateLimited(rate = "1/1h")
        @RequestMapping("/annotated")
        ResponseEntity<String> annotated() {
            return ResponseEntity.ok("done");
        }
    }

    static final class Checks extends OncePerRequestFilter {

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            response.addHeader("Checked", "true");
            chain.doFilter(
                    new HttpServletRequestWrapper(request) {
                        @Override
                        public String getHeader(String name) {
                            return name.equals("Opened") ? "by the filter" : super.getHeader(name);
                        }
                    },
                    response);
        }
    }

    @RestController
    static class Vault {

        private final Service service;

        Vault(Service service) {
            this.service = service;
        }

        @Guarded("shop")
        @RequestMapping("/slow/vault/{id}")
        String open(HttpServletRequest request) {
            service.serve(request.getMethod(), request.getRequestURI());
            return String.valueOf(request.getHeader("Opened"));
        }
    }

    /** Two calls, of which the second is held until the first is answered. */
    abstract static class Held extends WebContract {

        Held(Class<?> application) {
            super(new ServiceStack(WebApplicationType.SERVLET, application));
        }

        HttpResponse<String> held(String path) {
            started();
            return held(path, "ann");
        }

        HttpResponse<String> held(String path, String user) {
            CompletableFuture<HttpResponse<String>> first = underWay(path + "/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync(path + "/2", user);
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            await().until(() -> guard.waiting() == 1);
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            return second.join();
        }
    }

    @Nested
    @DisplayName("a request that is held")
    class HeldRequest extends Held {

        HeldRequest() {
            super(WithFilter.class);
        }

        @Test
        void isCheckedByFiltersBehindSluices() {
            routed("/slow/**", "Guard=shop");
            HttpResponse<String> held = held("/slow");
            assertThat(held.statusCode()).isEqualTo(200);
            assertThat(held.headers().allValues("Checked")).containsExactly("true");
        }

        @Test
        void keepsNoThreadForTheContainersOwnFilters() {
            started();
            assertThat(app().bean(FiltersBehind.class).needTheThread()).isFalse();
        }

        @Test
        void comesBackAsFiltersHaveWrappedIt() {
            HttpResponse<String> held = held("/slow/vault");
            assertThat(held.body()).isEqualTo("by the filter");
            assertThat(held.headers().allValues("Checked")).containsExactly("true");
        }
    }

    @Nested
    @DisplayName("a request that is held before a filter of requests alone")
    class HeldBeforePlainFilter extends Held {

        HeldBeforePlainFilter() {
            super(WithPlainFilter.class);
        }

        @Test
        void meetsItToo() {
            routed("/slow/**", "Guard=shop");
            HttpResponse<String> held = held("/slow");
            assertThat(held.statusCode()).isEqualTo(200);
            assertThat(held.headers().allValues("Stamped")).containsExactly("true");
            assertThat(held.headers().allValues("Checked")).containsExactly("true");
        }
    }

    @Nested
    @DisplayName("a request that is held before a filter that is no bean")
    class HeldBeforeAddedFilter extends Held {

        HeldBeforeAddedFilter() {
            super(WithAddedFilter.class);
        }

        @Override
        HttpRequest.Builder to(String path, String user) {
            HttpRequest.Builder request = super.to(path, user);
            return user.equals("mallory") ? request : request.header("Signature", user);
        }

        @Test
        void meetsItToo() {
            routed("/slow/**", "Guard=shop");
            started();
            assertThat(get("/slow/0", "mallory").statusCode()).isEqualTo(401);
            assertThat(held("/slow", "mallory").statusCode()).isEqualTo(401);
        }

        @Test
        void isNamedInTheLog(CapturedOutput output) {
            properties.put("logging.level.root", "info");
            routed("/slow/**", "Guard=shop");
            started();
            assertThat(output.getOut()).contains("would be left out when it comes back: [signatures].");
        }
    }

    @Nested
    @DisplayName("a request that a filter in front leads elsewhere")
    class LedElsewhere extends Held {

        LedElsewhere() {
            super(WithFilterInFront.class);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/forwarded", "/dispatched"})
        void isProtectedByThePathItIsLedTo(String prefix) {
            routed("/orders/**", "RateLimited=per-user");
            started();
            assertThat(get(prefix + "/orders/1", "ann").statusCode()).isEqualTo(200);
            assertThat(get(prefix + "/orders/1", "ann").statusCode()).isEqualTo(200);
            assertThat(get(prefix + "/orders/1", "ann").statusCode()).isEqualTo(429);
            assertThat(get(prefix + "/annotated", "ann").statusCode()).isEqualTo(200);
            assertThat(get(prefix + "/annotated", "ann").statusCode()).isEqualTo(429);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/forwarded/slow", "/dispatched/slow"})
        void mayBeHeld(String path) {
            routed("/slow/**", "Guard=shop");
            assertThat(held(path).statusCode()).isEqualTo(200);
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            await().until(() -> guard.inFlight() == 0);
        }

        @Test
        void meetsTheFiltersOnceIfWhatIsBehindThemForwards() {
            routed("/forwarding/**", "RateLimited=per-user");
            routed("/orders/**", "WaitingRoom=sale");
            started();
            HttpResponse<String> forwarded = get("/forwarding/1", "ann");
            assertThat(forwarded.statusCode()).isEqualTo(200);
            assertThat(forwarded.headers().map()).containsKey("RateLimit").doesNotContainKey("Sluice-Pass");
        }
    }
}
