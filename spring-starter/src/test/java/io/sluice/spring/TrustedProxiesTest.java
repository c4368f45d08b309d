package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class TrustedProxiesTest {

    private final TrustedProxies proxies = new TrustedProxies(List.of("10.0.0.0/8", "192.0.2.1", "fd00::/12"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.1.2.3     | 203.0.113.7                         | 203.0.113.7",
                "10.1.2.3     | 203.0.113.9, 203.0.113.7            | 203.0.113.7",
                "10.1.2.3     | 203.0.113.7, 192.0.2.1, 10.9.9.9    | 203.0.113.7",
                "10.1.2.3     | 203.0.113.7:4711                    | 203.0.113.7",
                "10.1.2.3     | [2001:db8::1]:4711                  | 2001:db8:0:0:0:0:0:1",
                "10.1.2.3     | 2001:db8::1, fd0f::1                | 2001:db8:0:0:0:0:0:1",
                "10.1.2.3     | ::ffff:203.0.113.7                  | 203.0.113.7",
                "fd00::1      | 203.0.113.7                         | 203.0.113.7",
                "10.1.2.3     | 10.4.4.4                            | 10.4.4.4",
                "203.0.113.1  | 203.0.113.7                         | 203.0.113.1",
                "192.0.2.2    | 203.0.113.7                         | 192.0.2.2",
                "fd10::1      | 203.0.113.7                         | fd10::1",
            })
    void believesTheRightMostAddressThatIsNoTrustedProxy(String peer, String header, String client) {
        assertThat(proxies.clientOf(call(peer, List.of(header)))).isEqualTo(client);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                " , ,",
                "unknown",
                "example.org",
                "1.2.3",
                "1.2.3.256",
                "01.2.3.4.5",
                "[",
                "[::1",
                ":::",
                "%",
                "a:b:c:d:e:f:g:h",
                "1.2.3.4%eth0",
                "fe80::1%eth0",
                "-1.2.3.4",
                "\u0661.2.3.4"
            })
    void staysWithTheLastKnownProxyWhenTheHeaderIsGarbage(String garbage) {
        assertThat(proxies.clientOf(call("10.1.2.3", List.of("203.0.113.7," + garbage))))
                .isEqualTo("10.1.2.3");
        assertThat(proxies.clientOf(call("10.1.2.3", List.of(garbage + ",203.0.113.7"))))
                .isEqualTo("203.0.113.7");
    }

    @Test
    void readsSeveralHeadersAsOne() {
        assertThat(proxies.clientOf(call("10.1.2.3", List.of("203.0.113.9", "203.0.113.7, 10.0.0.1"))))
                .isEqualTo("203.0.113.7");
    }

    @Test
    void believesNobodyUnlessConfigured() {
        assertThat(new TrustedProxies(List.of()).clientOf(call("127.0.0.1", List.of("203.0.113.7"))))
                .isEqualTo("127.0.0.1");
    }

    @Test
    void countsAnIpv6ClientByItsNetwork() {
        assertThat(TrustedProxies.counted("2001:db8:1:2:3:4:5:6"))
                .isEqualTo(TrustedProxies.counted("2001:db8:1:2:ffff::1"))
                .isNotEqualTo(TrustedProxies.counted("2001:db8:1:3::1"));
        assertThat(TrustedProxies.counted("203.0.113.7")).isEqualTo("203.0.113.7");
        assertThat(TrustedProxies.counted("unknown")).isEqualTo("unknown");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "fd00::/129", "proxy.example.org"})
    void refusesWhatIsNoNetwork(String cidr) {
        assertThatThrownBy(() -> new TrustedProxies(List.of(cidr)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sluice.trusted-proxies has \"" + cidr + "\"")
                .hasMessageContaining("10.0.0.0/8");
    }

    @Nested
    @DisplayName("the log")
    class TheLog {

        private final Logger logger = (Logger) LoggerFactory.getLogger(TrustedProxies.class);
        private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

        @BeforeEach
        void listen() {
            warnings.start();
            logger.setLevel(Level.WARN);
            logger.addAppender(warnings);
        }

        @AfterEach
        void stopListening() {
            logger.detachAppender(warnings);
            logger.setLevel(null);
        }

        @Test
        void warnsOnceOfAHeaderThroughAPeerThatIsNotTrusted() {
            for (int i = 0; i < 2; i++) {
                proxies.clientOf(call("192.0.2.2", List.of("203.0.113.7")));
            }
            assertThat(warnings.list)
                    .singleElement()
                    .extracting(ILoggingEvent::getFormattedMessage, STRING)
                    .contains("sluice.trusted-proxies")
                    .doesNotContain("192.0.2.2");
        }

        @Test
        void warnsWhereNoProxyIsTrusted() {
            new TrustedProxies(List.of()).clientOf(call("10.1.2.3", List.of("203.0.113.7")));
            assertThat(warnings.list).hasSize(1);
        }

        @Test
        void doesNotWarnWhereTheHeaderIsBelievedOrNotThere() {
            proxies.clientOf(call("10.1.2.3", List.of("203.0.113.7")));
            proxies.clientOf(call("203.0.113.7", List.of()));
            assertThat(warnings.list).isEmpty();
        }

        @Test
        void doesNotWarnWhereTheServerHasPutTheClientInThePeersPlace() {
            proxies.clientOf(call("203.0.113.7", List.of("203.0.113.7:4711, 192.0.2.9")));
            proxies.clientOf(call("2001:db8:0:0:0:0:0:1", List.of("[2001:db8::1]")));
            assertThat(warnings.list).isEmpty();
        }
    }

    private static GatedCall call(String peer, List<String> forwardedFor) {
        return new GatedCall() {
            private final Map<String, Object> attributes = new HashMap<>();

            @Override
            public String method() {
                return "GET";
            }

            @Override
            public String path() {
                return "/";
            }

            @Override
            public List<String> headers(String name) {
                return name.equals("X-Forwarded-For") ? forwardedFor : List.of();
            }

            @Override
            public @Nullable String cookie(String name) {
                return null;
            }

            @Override
            public @Nullable String query(String name) {
                return null;
            }

            @Override
            public @Nullable String pathVariable(String name) {
                return null;
            }

            @Override
            public @Nullable String principal() {
                return null;
            }

            @Override
            public String remoteAddress() {
                return peer;
            }

            @Override
            public String scheme() {
                return "http";
            }

            @Override
            public String host() {
                return "localhost";
            }

            @Override
            public Map<String, Object> attributes() {
                return attributes;
            }

            @Override
            public void setResponseHeader(String name, String value) {}

            @Override
            public void addResponseHeader(String name, String value) {}
        };
    }
}
