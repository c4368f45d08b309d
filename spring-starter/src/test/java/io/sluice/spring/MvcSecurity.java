package io.sluice.spring;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Ann and Bob on a servlet container. */
@Configuration(proxyBeanMethods = false)
class MvcSecurity {

    @Bean
    UserDetailsService users() {
        return new InMemoryUserDetailsManager(PrincipalContract.ANN, PrincipalContract.BOB);
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers(PrincipalContract.OPEN)
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .csrf(csrf -> csrf.ignoringRequestMatchers("/queue/**"))
                .httpBasic(Customizer.withDefaults())
                .build();
    }
}
