package io.sluice.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** House rules of the starter. */
@AnalyzeClasses(packages = "io.sluice.spring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** Those that know a web stack or a gateway, and the two that find a call's principal and request in either. */
    private static final String ADAPTERS = String.join(
            "|",
            "Servlet(Answer|AnswerStream|AnswerWriter|Call|Calls|Frame|Wait)",
            "FiltersBehind",
            "ForwardedHeaderFilters",
            "EventLoops",
            "Mvc(GatewayFilters|HandlerGates|QueueRoutes|Refusals)",
            "WebFlux(Call|Frame|HandlerGates|QueueRoutes|Refusals|RoutesCheck)",
            "Reactive(Calls|Stages)",
            "GateFilter",
            "(Guard|RateLimited|WaitingRoom)GatewayFilterFactory",
            "GatewayRateLimiter",
            "BothGatewaysFailureAnalyzer",
            "ConfigurationRefresh",
            "Principals",
            "Requests",
            "SluiceAutoConfiguration");

    @ArchTest
    static final ArchRule onlyWhatUsersNameIsPublic = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .arePublic()
            .should()
            .haveNameMatching(".*\\.(HttpCall|KeyResolver|SluiceProperties|SluiceAutoConfiguration"
                    + "|RateLimited|WaitingRoomRequired|Guarded|ReleasesPlace|RefusedException"
                    + "|RateLimitedGatewayFilterFactory|WaitingRoomGatewayFilterFactory|GuardGatewayFilterFactory"
                    + "|MvcGatewayFilters)");

    /** One policy, thin adapters: what decides must serve every web stack. A new class counts as policy. */
    @ArchTest
    static final ArchRule policyKnowsNoWebStack = noClasses()
            .that()
            .haveNameNotMatching(".*\\.(" + ADAPTERS + ")(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "reactor..",
                    "jakarta.servlet..",
                    "org.springframework.cloud..",
                    "org.springframework.web.server..",
                    "org.springframework.web.reactive..",
                    "org.springframework.web.servlet..");
}
