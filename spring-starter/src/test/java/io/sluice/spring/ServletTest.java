package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.GenericServlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.ForwardedHeaderFilter;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.server.ResponseStatusException;

/** The contract on Spring MVC without a gateway. */
@Tag("servlet")
class ServletTest extends ServiceContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Everything everything(Service service) {
            return new Everything(service);
        }
    }

    @RestController
    static class Everything {

        private final Service service;

        Everything(Service service) {
            this.service = service;
        }

        @RequestMapping("/**")
        ResponseEntity<byte[]> serve(HttpServletRequest request) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            Map<String, String> replied = service.serve(request.getMethod(), request.getRequestURI());
            return ResponseEntity.ok()
                    .headers(headers -> replied.forEach(headers::add))
                    .body(body);
        }
    }

    @Nested
    @DisplayName("a container that translates X-Forwarded-For itself")
    class ContainerThatTranslatesForwardedFor {

        private final WebApplicationContextRunner application = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withPropertyValues("server.forward-headers-strategy=native", "sluice.trusted-proxies=10.0.0.0/8");

        @Test
        void mayTrustProxiesIfItIsTomcat() {
            application.run(context -> assertThat(context).hasNotFailed());
        }

        @Test
        void trustsNoneThenAlsoWhereAllBeansAreLazy() {
            application
                    .withInitializer(context ->
                            context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                    .withClassLoader(new FilteredClassLoader("org.apache.catalina.valves"))
                    .run(context -> assertThat(context).hasFailed());
        }

        @Test
        void trustsNoProxiesIfItTakesTheLeftmostAddress() {
            application
                    .withClassLoader(new FilteredClassLoader("org.apache.catalina.valves"))
                    .run(context -> assertThat(context)
                            .getFailure()
                            .rootCause()
                            .isInstanceOf(SluiceConfigurationException.class)
                            .hasMessageStartingWith("sluice.trusted-proxies cannot be kept to"));
        }
    }

    /** An application that translates {@code X-Forwarded-For} by a filter of its own. */
    @Configuration(proxyBeanMethods = false)
    static class WithForwardedHeaderFilter {

        @Bean
        FilterRegistrationBean<ForwardedHeaderFilter> forwarded(@Value("${forwarded.order}") int order) {
            FilterRegistrationBean<ForwardedHeaderFilter> forwarded =
                    new FilterRegistrationBean<>(new ForwardedHeaderFilter());
            forwarded.setOrder(order);
            return forwarded;
        }
    }

    @Nested
    @DisplayName("a filter that translates X-Forwarded-For")
    class FilterThatTranslatesForwardedFor {

        private final WebApplicationContextRunner application = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withUserConfiguration(WithForwardedHeaderFilter.class)
                .withPropertyValues("sluice.trusted-proxies=10.0.0.0/8");

        @Test
        void doesNoHarmBehindSluices() {
            application
                    .withPropertyValues("forwarded.order=-89")
                    .run(context -> assertThat(context).hasNotFailed());
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void leavesNoProxiesToTrustInFrontOfSluices(boolean isLazy) {
            application
                    .withInitializer(context -> {
                        if (isLazy) {
                            context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
                        }
                    })
                    .withPropertyValues("forwarded.order=-91")
                    .run(context -> assertThat(context)
                            .getFailure()
                            .isInstanceOf(SluiceConfigurationException.class)
                            .hasMessageStartingWith(
                                    "sluice.trusted-proxies cannot be kept to: with a ForwardedHeaderFilter"));
        }
    }

    /** As a Jersey or CXF application has it. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class WithAnotherServlet {

        @Bean
        ServletRegistrationBean<GenericServlet> services() {
            return new ServletRegistrationBean<>(new Services(), "/services/*");
        }
    }

    @SuppressWarnings("serial")
    static class Services extends GenericServlet {

        @Override
        public void service(ServletRequest request, ServletResponse response) {
            response.setContentLength(0);
        }
    }

    /** An application with a filter of its own behind Sluice's, which lets nobody through unchecked. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
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

    /** An application with a filter in front of Sluice's that leads requests elsewhere. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
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

    /** An application that opens WebSockets as Spring does, by a handler. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class WithWebSocket {

        @Bean
        Sockets sockets() {
            return new Sockets();
        }
    }

    @RestController
    static class Sockets {

        @RequestMapping("/socket")
        void open(HttpServletRequest request, HttpServletResponse response) throws Exception {
            ServerContainer container =
                    (ServerContainer) request.getServletContext().getAttribute(ServerContainer.class.getName());
            container.upgradeHttpToWebSocket(
                    request,
                    response,
                    ServerEndpointConfig.Builder.create(Greeting.class, "/socket")
                            .build(),
                    Map.of());
        }
    }

    /** Public, for the container makes it. */
    public static class Greeting extends Endpoint {

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            try {
                session.getBasicRemote().sendText("welcome");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** An application whose handlers write their answers themselves. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Exports.class, Rates.class})
    static class WritingItself {}

    @RestController
    static class Exports {

        private final Rates rates;

        Exports(Rates rates) {
            this.rates = rates;
        }

        @RequestMapping("/reset/{id}")
        void reset(HttpServletResponse response) throws IOException {
            response.setHeader("Sluice-Release", "true");
            response.reset();
            response.setContentType("text/csv");
            response.getOutputStream().print("a,b");
        }

        @RequestMapping("/reset/late")
        void resetLate(HttpServletResponse response) throws IOException {
            response.getOutputStream().print("a,");
            response.reset();
            response.setHeader("Cache-Control", "public");
            response.getOutputStream().print("a,b");
        }

        @RequestMapping("/written")
        void written(HttpServletResponse response) throws IOException {
            response.getWriter().print("rate: ");
            response.getWriter().print(rates.find());
        }

        @ReleasesPlace("sale")
        @RequestMapping("/buy/streamed")
        void buyStreamed(OutputStream answer, @RequestParam boolean left) throws IOException {
            requireLeft(left);
            answer.write("sold".getBytes(StandardCharsets.US_ASCII));
        }

        @ReleasesPlace("sale")
        @RequestMapping("/buy/written")
        void buyWritten(Writer answer, @RequestParam boolean left) throws IOException {
            requireLeft(left);
            answer.write("sold");
        }

        private static void requireLeft(boolean left) {
            if (!left) {
                throw new ResponseStatusException(HttpStatus.CONFLICT);
            }
        }

        @RequestMapping("/streamed")
        void streamed(HttpServletResponse response) throws IOException {
            response.getOutputStream().print("rate: ");
            response.getOutputStream().print(rates.find());
        }
    }

    static class Rates {

        @RateLimited(value = "of-bean", rate = "1/1h")
        String find() {
            return "1.2";
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
            CompletableFuture<HttpResponse<String>> first = underWay(path + "/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync(path + "/2", "ann");
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

    @Nested
    @DisplayName("a WebSocket")
    class OfAWebSocket extends WebContract {

        private static final Duration PATIENT = Duration.ofSeconds(10);

        private final List<WebSocket> sockets = new CopyOnWriteArrayList<>();

        OfAWebSocket() {
            super(new ServiceStack(WebApplicationType.SERVLET, WithWebSocket.class));
        }

        /** Opens one, and returns what it says first. */
        private CompletableFuture<String> opened() {
            CompletableFuture<String> said = new CompletableFuture<>();
            WebSocket.Listener listener = new WebSocket.Listener() {
                @Override
                public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                    said.complete(text.toString());
                    return null;
                }
            };
            URI address = URI.create(uri().resolve("/socket").toString().replaceFirst("http", "ws"));
            return HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(address, listener)
                    .thenCompose(socket -> {
                        sockets.add(socket);
                        return said;
                    });
        }

        @AfterEach
        void abort() {
            sockets.forEach(WebSocket::abort);
        }

        private Guard guard() {
            return app().bean(HttpGate.class).guard("shop").guard();
        }

        @Test
        void givesItsTurnBackOnceItIsOpen() {
            routed("/socket", "Guard=shop");
            started();
            assertThat(opened()).succeedsWithin(PATIENT).isEqualTo("welcome");
            await().until(() -> guard().inFlight() == 0);
            assertThat(sockets).singleElement().matches(socket -> !socket.isInputClosed());
        }
    }

    @Nested
    @DisplayName("an answer that a handler writes itself")
    class OwnAnswer extends WebContract {

        OwnAnswer() {
            super(new ServiceStack(WebApplicationType.SERVLET, WritingItself.class));
        }

        @ParameterizedTest
        @ValueSource(strings = {"/reset/1", "/reset/late"})
        void keepsTheHeadersOfGatesWhenItIsReset(String path) {
            routed("/reset/**", "RateLimited=per-user", "WaitingRoom=sale");
            started();
            HttpResponse<String> reset = get(path, "ann");
            assertThat(reset.body()).isEqualTo("a,b");
            assertThat(header(reset, "RateLimit")).startsWith("\"per-user\";r=1;t=1");
            assertThat(header(reset, "Sluice-Pass")).isNotEmpty();
            assertThat(header(reset, "Set-Cookie")).startsWith("sluice-sale=");
            assertThat(header(reset, "Cache-Control")).isEqualTo("no-store");
        }

        @Test
        void takesBackThatTheVisitorIsDoneWhenItIsReset() {
            routed("/reset/**", "WaitingRoom=sale");
            started();
            assertThat(get("/reset/1", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/reset/1", "ben").statusCode()).isEqualTo(429);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/buy/streamed", "/buy/written"})
        void freesThePlaceWhenItIsWrittenAndNotWhenTheHandlerIsGivenWhatToWriteTo(String path) {
            routed("/buy/**", "WaitingRoom=sale");
            started();
            assertThat(get(path + "?left=false", "ann").statusCode()).isEqualTo(409);
            time.advance(REFRESH);
            assertThat(get(path + "?left=true", "ben").statusCode())
                    .as("the place is taken")
                    .isEqualTo(429);
            HttpResponse<String> sold = get(path + "?left=true", "ann");
            assertThat(sold.body()).isEqualTo("sold");
            assertThat(header(sold, "Set-Cookie")).contains("sluice-sale=; Path=/; Max-Age=0");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/written", "/streamed"})
        void givesWayToTheRefusalOfABean(String path) {
            started();
            assertThat(get(path, "ann").body()).isEqualTo("rate: 1.2");
            HttpResponse<String> refused = get(path, "ann");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(header(refused, "Content-Type")).startsWith("application/problem+json");
            assertThat(json(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("of-bean");
        }

        @Test
        void losesNoLetterOfAPageToTheWriterThatWasTaken() {
            started();
            get("/written", "ann");
            HttpResponse<String> page =
                    send(to("/written", "ann").header("Accept", "text/html").header("Accept-Language", "ko"));
            assertThat(page.statusCode()).isEqualTo(429);
            assertThat(header(page, "Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
            assertThat(page.body()).contains("lang=\"ko\"").doesNotContain("??");
        }
    }

    @Nested
    @DisplayName("a servlet beside Spring MVC's")
    class AnotherServlet extends WebContract {

        AnotherServlet() {
            super(new ServiceStack(WebApplicationType.SERVLET, WithAnotherServlet.class));
        }

        @Test
        void isProtectedByItsPathInTheApplication() {
            properties.put("server.servlet.context-path", "/shop");
            routed("/services/**", "RateLimited=per-user");
            started();
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void isProtectedByWhateverPathLeadsToIt() throws IOException {
            properties.put("sluice.limits.per-user.rate", "2/1h");
            routed("/services/**", "RateLimited=per-user");
            started();
            for (String path : List.of("//services/orders", "/a/../services/orders")) {
                assertThat(getRaw(path)).as(path).startsWith("HTTP/1.1 200");
            }
            for (String path : List.of("//services/orders", "/a/../services/orders", "/;a/services/orders")) {
                assertThat(getRaw(path)).as(path).startsWith("HTTP/1.1 429");
            }
        }

        private String getRaw(String path) throws IOException {
            return sendRaw(
                    "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: ann\r\nConnection: close\r\n\r\n");
        }

        @Test
        void handsOutAddressesOfSpringMvc() {
            properties.putAll(belowAPath());
            routed("/services/**", "WaitingRoom=sale");
            started();
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(problem(get("/shop/services/orders", "ben"))
                            .get("enqueue")
                            .stringValue())
                    .isEqualTo("/shop/web/queue/enqueue");
        }
    }

    @Override
    Map<String, String> belowAPath() {
        return Map.of("server.servlet.context-path", "/shop", "spring.mvc.servlet.path", "/web");
    }

    @Override
    WebStack stack() {
        return new ServiceStack(WebApplicationType.SERVLET, Application.class);
    }

    @Override
    WebStack routingEverything() {
        return new ServiceStack(WebApplicationType.SERVLET, MvcRouting.class);
    }
}
