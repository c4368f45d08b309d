package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.LocalBackend;
import io.sluice.Signer;
import jakarta.servlet.DispatcherType;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnNotWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.ratelimit.RateLimiter;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.cloud.gateway.server.mvc.filter.SimpleFilterSupplier;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ClassUtils;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.server.adapter.ForwardedHeaderTransformer;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.servlet.handler.MappedInterceptor;

/** Wires limits, rooms and guards from {@code sluice.*} into the web stack that the application has. */
@AutoConfiguration(
        beforeName = {
            "org.springframework.cloud.gateway.config.GatewayAutoConfiguration",
            "org.springframework.cloud.gateway.config.GatewayRedisAutoConfiguration"
        })
@EnableConfigurationProperties(SluiceProperties.class)
public class SluiceAutoConfiguration {

    private static final String REDIS_BACKEND = "io.sluice.redis.RedisBackend";
    private static final Logger log = LoggerFactory.getLogger(SluiceAutoConfiguration.class);

    @Bean
    static ConfigurationPropertiesBindHandlerAdvisor sluiceKnownProperties() {
        return handler -> new IgnoredVariablesBindHandler(new KnownPropertiesBindHandler(handler));
    }

    /** The backend that the properties name, unless the application has one of its own. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(Backend.class)
    static class NamedBackend {

        @Bean(destroyMethod = "close")
        Backend sluiceBackend(
                SluiceProperties properties, ObjectProvider<RedisAddress> address, ResourceLoader resources) {
            if (properties.backend() == SluiceProperties.BackendType.LOCAL) {
                return LocalBackend.create();
            }
            requireRedisBackend(resources);
            return RedisConnection.open(properties, address::getIfAvailable);
        }

        @Bean
        StartCheck sluiceBackendCheck(ObjectProvider<RedisAddress> address, ResourceLoader resources) {
            return changed -> {
                if (changed.backend() == SluiceProperties.BackendType.REDIS) {
                    requireRedisBackend(resources);
                    RedisConnection.check(changed, address::getIfAvailable);
                }
            };
        }

        private static void requireRedisBackend(ResourceLoader resources) {
            if (!ClassUtils.isPresent(REDIS_BACKEND, resources.getClassLoader())) {
                throw new SluiceConfigurationException(
                        "sluice.backend is redis, which needs one more dependency: io.sluice:sluice-redis",
                        "Add the dependency io.sluice:sluice-redis, or set sluice.backend: local.");
            }
        }
    }

    @Bean
    @ConditionalOnMissingBean
    Signer sluiceSigner(SluiceProperties properties) {
        Signer signer = properties.signer();
        if (signer != null) {
            return signer;
        }
        if (!properties.rooms().isEmpty()) {
            log.warn("sluice.secret is not set: tickets and passes end when this process does");
        }
        return Signer.random();
    }

    @Bean
    HttpGate sluiceHttpGate(
            SluiceProperties properties,
            Backend backend,
            Signer signer,
            Map<String, KeyResolver> keyResolvers,
            ObjectProvider<GateObserver> observer,
            ObjectProvider<SecurityOrder> security) {
        return new HttpGate(
                properties,
                backend,
                signer,
                keyResolvers,
                observer.getIfAvailable(() -> GateObserver.NONE),
                security.getIfAvailable(() -> SecurityOrder.DEFAULT));
    }

    @Bean
    LiveConfiguration sluiceLiveConfiguration(
            HttpGate gate, SluiceProperties properties, ObjectProvider<StartCheck> checks) {
        return new LiveConfiguration(gate, properties, checks.stream().toList());
    }

    /** Applies the property changes that Spring Cloud announces. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(EnvironmentChangeEvent.class)
    static class Refresh {

        @Bean
        ConfigurationRefresh sluiceConfigurationRefresh(Environment environment, LiveConfiguration live) {
            return new ConfigurationRefresh(environment, live);
        }
    }

    @Bean
    AnnotatedMethods sluiceAnnotatedMethods(ConfigurableListableBeanFactory beans, HttpGate gate) {
        return new AnnotatedMethods(beans, gate);
    }

    @Bean
    static ReplacedBeans sluiceReplacedBeans() {
        return new ReplacedBeans();
    }

    @Bean
    AnnotatedBeansCheck sluiceAnnotatedBeansCheck(
            ConfigurableListableBeanFactory beans, AnnotatedMethods methods, ReplacedBeans replaced) {
        return new AnnotatedBeansCheck(beans, methods, replaced);
    }

    /** Looks up what it needs when the first call comes: other beans must not be made before it. */
    @Bean
    static ProtectionPostProcessor sluiceProtectionPostProcessor(
            ObjectProvider<AnnotatedMethods> methods, Environment environment) {
        ProtectionPostProcessor processor = new ProtectionPostProcessor(SingletonSupplier.of(methods::getObject));
        processor.setProxyTargetClass(environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
        return processor;
    }

    /** WebFlux, with or without the gateway. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class WebFlux {

        // Also where all beans are lazy: the check protects.
        @Bean
        @Lazy(false)
        StartCheck sluiceForwardedHeaders(SluiceProperties properties, Environment environment) {
            return ForwardedHeaders.checked(properties, environment, true);
        }

        @Bean
        @Lazy(false)
        StartCheck sluiceForwardedHeaderTransformer(
                SluiceProperties properties,
                @Qualifier(WebHttpHandlerBuilder.FORWARDED_HEADER_TRANSFORMER_BEAN_NAME)
                        ObjectProvider<ForwardedHeaderTransformer> transformer) {
            ForwardedHeaderTransformer own = transformer.getIfAvailable();
            return own == null || own.isRemoveOnly()
                    ? changed -> {}
                    : ForwardedHeaders.checkedBesideBean(
                            properties, "the bean " + WebHttpHandlerBuilder.FORWARDED_HEADER_TRANSFORMER_BEAN_NAME);
        }

        @Bean
        WebFluxFrame sluiceWebFluxFrame(SluiceProperties properties, HttpGate gate, ApplicationContext context) {
            return new WebFluxFrame(gate, properties.filterOrder(), context);
        }

        @Bean
        WebFluxRefusals sluiceRefusals(WebFluxFrame frame) {
            return new WebFluxRefusals(frame);
        }

        @Bean
        WebFluxHandlerGates sluiceHandlerGates(
                AnnotatedMethods methods, HttpGate gate, ObjectProvider<RequestMappingHandlerAdapter> adapter) {
            return new WebFluxHandlerGates(
                    new HandlerGates(methods, gate.keys()), SingletonSupplier.of(adapter::getObject));
        }

        /** Comes before the application's routes, which may route everything. */
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        RouterFunction<ServerResponse> sluiceQueueRoutes(
                SluiceProperties properties, HttpGate gate, ApplicationContext context) {
            return WebFluxQueueRoutes.on(properties.waitingRoom().path(), new QueueEndpoints(gate), context);
        }
    }

    /** Spring Cloud Gateway on WebFlux, unless it is switched off. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    @ConditionalOnClass(GatewayFilter.class)
    @ConditionalOnProperty(name = "spring.cloud.gateway.server.webflux.enabled", matchIfMissing = true)
    static class WebFluxGateway {

        @Bean
        RateLimitedGatewayFilterFactory rateLimitedGatewayFilterFactory(HttpGate gate) {
            return new RateLimitedGatewayFilterFactory(gate);
        }

        @Bean
        WaitingRoomGatewayFilterFactory waitingRoomGatewayFilterFactory(HttpGate gate) {
            return new WaitingRoomGatewayFilterFactory(gate);
        }

        @Bean
        GuardGatewayFilterFactory guardGatewayFilterFactory(HttpGate gate) {
            return new GuardGatewayFilterFactory(gate);
        }

        @Bean
        StartCheck sluiceGatewayRoutes(AnnotatedMethods methods, Environment environment) {
            return new WebFluxRoutesCheck(methods, environment);
        }

        /** Preferred to Gateway's own limiter on Redis, which routes can still name, but not to the application's. */
        @Bean
        @Primary
        @ConditionalOnMissingBean(RateLimiter.class)
        GatewayRateLimiter sluiceGatewayRateLimiter(
                Backend backend, ConfigurationService configurationService, Environment environment) {
            GatewayRateLimiter.Headers headers = Binder.get(environment)
                    .bindOrCreate(GatewayRateLimiter.PROPERTIES, GatewayRateLimiter.Headers.class);
            return new GatewayRateLimiter(backend, headers, configurationService);
        }
    }

    /** Servlet containers, with Spring MVC, with or without the gateway. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass(org.springframework.web.servlet.function.RouterFunction.class)
    static class Servlet {

        // Also where all beans are lazy: the check protects.
        @Bean
        @Lazy(false)
        StartCheck sluiceForwardedHeaders(
                SluiceProperties properties, Environment environment, ResourceLoader resources) {
            boolean nativeIsLeftmost = ForwardedHeaders.containerTakesLeftmost(resources.getClassLoader());
            return ForwardedHeaders.checked(properties, environment, nativeIsLeftmost);
        }

        @Bean
        @Lazy(false)
        ForwardedHeaderFilters sluiceForwardedHeaderFilters(ListableBeanFactory beans, SluiceProperties properties) {
            return new ForwardedHeaderFilters(beans, properties);
        }

        @Bean
        SecurityOrder sluiceSecurityOrder(Environment environment) {
            return SecurityOrder.onServlets(environment);
        }

        @Bean
        FiltersBehind sluiceFiltersBehind(ListableBeanFactory beans, HttpGate gate) {
            return new FiltersBehind(beans, gate);
        }

        @Bean
        ServletCalls sluiceServletCalls(HttpGate gate, ObjectProvider<DispatcherServletPath> mvc) {
            String mvcPath = mvc.stream()
                    .map(DispatcherServletPath::getPrefix)
                    .findFirst()
                    .orElse("");
            return new ServletCalls(gate, mvcPath);
        }

        @Bean
        FilterRegistrationBean<ServletFrame> sluiceServletFrame(
                SluiceProperties properties, HttpGate gate, ServletCalls calls, FiltersBehind behind) {
            FilterRegistrationBean<ServletFrame> frame =
                    new FilterRegistrationBean<>(new ServletFrame(gate, calls, behind));
            frame.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.FORWARD);
            frame.setOrder(properties.filterOrder());
            return frame;
        }

        /** A bean, so that every handler mapping finds it, also where the application configures Spring MVC itself. */
        @Bean
        MappedInterceptor sluiceHandlerGates(AnnotatedMethods methods, HttpGate gate, ServletCalls calls) {
            return new MappedInterceptor(null, new MvcHandlerGates(new HandlerGates(methods, gate.keys()), calls));
        }

        @Bean
        MvcRefusals sluiceRefusals(HttpGate gate, ServletCalls calls) {
            return new MvcRefusals(gate, calls);
        }

        /** Comes before the application's routes, which may route everything. */
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        org.springframework.web.servlet.function.RouterFunction<org.springframework.web.servlet.function.ServerResponse>
                sluiceQueueRoutes(SluiceProperties properties, HttpGate gate) {
            return MvcQueueRoutes.on(properties.waitingRoom().path(), new QueueEndpoints(gate));
        }
    }

    /** Servlet containers without Spring MVC: no request meets Sluice. Says so also where all beans are lazy. */
    @Configuration(proxyBeanMethods = false)
    @Lazy(false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnMissingClass("org.springframework.web.servlet.function.RouterFunction")
    static class ServletWithoutMvc {

        ServletWithoutMvc(SluiceProperties properties) {
            if (!properties.filters().isEmpty()) {
                throw new SluiceConfigurationException(
                        "sluice.filters would have no effect: on a servlet container they need Spring MVC, which is not"
                                + " on the class path",
                        "Add the dependency org.springframework.boot:spring-boot-starter-webmvc, or remove"
                                + " sluice.filters.");
            }
        }
    }

    /**
     * Applications that serve no HTTP, such as a worker that shares its properties with a service. Says so also where
     * all beans are lazy.
     */
    @Configuration(proxyBeanMethods = false)
    @Lazy(false)
    @ConditionalOnNotWebApplication
    static class WithoutWeb {

        WithoutWeb(SluiceProperties properties) {
            if (!properties.filters().isEmpty()) {
                log.warn("sluice.filters have no effect: this application serves no HTTP");
            }
        }
    }

    /** Spring Cloud Gateway on WebMVC, unless it is switched off. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnClass(SimpleFilterSupplier.class)
    @ConditionalOnProperty(name = "spring.cloud.gateway.server.webmvc.enabled", matchIfMissing = true)
    static class MvcGateway {

        // Also where all beans are lazy: the checks protect.
        @Bean
        @Lazy(false)
        SimpleFilterSupplier sluiceGatewayFilters(
                GatewayMvcProperties routes, SluiceProperties properties, Environment environment) {
            MvcGatewayFilters.check(routes, environment, properties);
            return new SimpleFilterSupplier(MvcGatewayFilters.class);
        }

        @Bean
        StartCheck sluiceGatewayRoutes(Environment environment) {
            return MvcGatewayFilters.ofChanges(environment);
        }
    }
}
