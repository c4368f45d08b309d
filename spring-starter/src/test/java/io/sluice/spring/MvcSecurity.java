package io.sluice.spring;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/** Ann and Bob on a servlet container. */
@Configuration(proxyBeanMethods = false)
class MvcSecurity {

    /** The header by which a filter of the application's own knows its callers. */
    static final String USER = "X-User";

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
                .addFilterBefore(new Known(), BasicAuthenticationFilter.class)
                .build();
    }

    /** As applications write one for tokens of their own: tells the thread who calls, and nobody else. */
    private static final class Known extends OncePerRequestFilter {

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String user = request.getHeader(USER);
            if (user != null) {
                SecurityContextHolder.setContext(new SecurityContextImpl(
                        UsernamePasswordAuthenticationToken.authenticated(user, "", List.of())));
            }
            chain.doFilter(request, response);
        }
    }
}
