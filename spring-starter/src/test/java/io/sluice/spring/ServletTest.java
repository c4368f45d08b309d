package io.sluice.spring;

import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.GenericServlet;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.ForwardedHeaderFilter;

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
