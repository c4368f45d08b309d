package io.sluice.spring;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.web.server.SecurityWebFilterChain;

/** Ann and Bob on WebFlux. */
@Configuration(proxyBeanMethods = false)
class WebFluxSecurity {

    @Bean
    MapReactiveUserDetailsService users() {
        return new MapReactiveUserDetailsService(PrincipalContract.ANN, PrincipalContract.BOB);
    }

    @Bean
    SecurityWebFilterChain security(ServerHttpSecurity http) {
        return http.authorizeExchange(exchanges -> exchanges
                        .pathMatchers(PrincipalContract.OPEN)
                        .permitAll()
                        .anyExchange()
                        .authenticated())
                .csrf(ServerHttpSecurity.CsrfSpec::disable)
                .anonymous(Customizer.withDefaults())
                .httpBasic(Customizer.withDefaults())
                .build();
    }
}
