package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Applications that lack what is optional, each on a class path of its own: a filter in front of the test's own class
 * loader would hide nothing from the classes that it has linked.
 */
class ClassPathTest {

    /** What no application without a web stack has. */
    private static final String WEB =
            "spring-(boot-)?(web|http|rest|tomcat)|spring-cloud-(starter-)?gateway|jakarta.servlet|tomcat";

    /** A worker, whose beans are protected. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Worker implements Callable<String> {

        @Bean
        Mailer mailer() {
            return new Mailer();
        }

        @Override
        public String call() {
            SpringApplication worker = new SpringApplicationBuilder(Worker.class)
                    .web(WebApplicationType.NONE)
                    .properties(
                            "logging.level.root=off",
                            "spring.main.banner-mode=off",
                            "sluice.rooms.sale.capacity=1",
                            "sluice.guards.smtp.limit=1")
                    .build();
            try (ConfigurableApplicationContext context = worker.run()) {
                Mailer mailer = context.getBean(Mailer.class);
                String first = mailer.send("ann");
                try {
                    return first + ", " + mailer.send("ann");
                } catch (RefusedException refused) {
                    return first + ", refused";
                }
            }
        }
    }

    static class Mailer {

        @RateLimited(value = "mails", rate = "1/1h", key = "#to")
        @WaitingRoomRequired(value = "sale", key = "#to")
        @Guarded(value = "smtp", key = "#to")
        String send(String to) {
            return "sent";
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                WEB,
                WEB + "|spring-(boot-)?data|reactor|netty|lettuce|sluice-redis|redis-backend",
                WEB + "|micrometer-core|spring-boot-(micrometer|metrics|actuator|health)",
                WEB + "|spring-boot-(actuator|health)",
                WEB + "|spring-security|spring-boot-security",
                WEB + "|spring-cloud",
                WEB + "|spring-(boot-)?data"
            })
    void aWorkerNeedsNothingThatIsOptional(String missing) throws Exception {
        assertThat(callWithout(missing)).isEqualTo("sent, refused");
    }

    private static String callWithout(String missing) throws Exception {
        Pattern jars = Pattern.compile("/(" + missing + ")");
        URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> !jars.matcher(entry.toUri().getPath()).find())
                .map(ClassPathTest::url)
                .toArray(URL[]::new);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            Class<?> worker = loader.loadClass(Worker.class.getName());
            var constructor = worker.getDeclaredConstructor();
            constructor.setAccessible(true);
            return String.valueOf(((Callable<?>) constructor.newInstance()).call());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static URL url(Path entry) {
        try {
            return entry.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
