<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Authentication\AuthenticationProviderInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\State\StateInterface;
use Drupal\user\UserInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Authenticates a run by its token: one account, one run.
 *
 * A token that is not accepted is answered by a problem document. Never NULL:
 * Drupal takes that for "anonymous", and answers public pages with 200.
 *
 * @internal
 */
final class RunTokenAuthentication implements AuthenticationProviderInterface {

  public const string PROVIDER = 'background_agents_run_token';

  /**
   * For sites behind HTTP authentication, which need Authorization themselves.
   */
  public const string HEADER = 'X-Background-Agents-Token';

  private const int RETRY_AFTER = 30;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentAccounts $accounts,
    private readonly RunContext $runContext,
    private readonly SiteSecrets $secrets,
    private readonly StopSwitch $stopSwitch,
    private readonly StateInterface $state,
    private readonly RunSuperiors $superiors,
  ) {}

  /**
   * What a request gives as its run token, well-formed or not; NULL: nothing.
   */
  public static function tokenOf(Request $request): ?string {
    $own = $request->headers->get(self::HEADER);
    if ($own !== NULL) {
      return trim($own);
    }
    $authorization = (string) $request->headers->get('Authorization', '');
    return preg_match('/^Bearer\s+(' . RunToken::PREFIX . '.*)$/is', $authorization, $match) ? trim($match[1]) : NULL;
  }

  /**
   * {@inheritdoc}
   */
  public function applies(Request $request): bool {
    return self::tokenOf($request) !== NULL;
  }

  /**
   * {@inheritdoc}
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   Whenever the token is not accepted.
   */
  public function authenticate(Request $request): AccountInterface {
    if ($this->state->get('system.maintenance_mode')) {
      throw ProblemException::of(503, 'maintenance', 'Maintenance', 'The site is in maintenance mode. Try again later.', extra: ['retry_after' => self::RETRY_AFTER]);
    }
    $token = RunToken::parse((string) self::tokenOf($request))
      ?? throw self::refuse('token_malformed', 'The run token has not the form bga_<run>.<generation>.<key id>.<mac>.');
    $run = $this->run($token);
    $this->refuseEndedOrOld($run, $token);
    $account = $this->account($run);
    $this->refuseLostRequester($run);
    if ($this->stopSwitch->isStopped()) {
      throw ProblemException::of(403, 'site_stopped', 'Agents are stopped', 'All agents of this site are stopped. Someone has to start them again.');
    }
    $this->runContext->enter($run);
    return $account;
  }

  private function run(RunToken $token): Run {
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadByProperties(['uuid' => $token->run]);
    $run = reset($runs);
    // One answer for an unknown run and a wrong mac: no oracle for run ids.
    if (!$run instanceof Run || !$token->isAuthentic($this->secrets->all(), $run->getAccountUuid())) {
      throw self::refuse('token_invalid', 'The run token was not made with a secret of this site.');
    }
    return $run;
  }

  private function refuseEndedOrOld(Run $run, RunToken $token): void {
    if ($run->isFinal()) {
      throw self::refuse('run_ended', sprintf('The run has ended: %s.', $run->getState()->value));
    }
    if ($token->generation !== $run->getGeneration()) {
      throw self::refuse('generation_old', sprintf('The run is in generation %d now.', $run->getGeneration()));
    }
  }

  private function account(Run $run): UserInterface {
    $account = $this->accounts->load($run->getAccountUuid());
    if ($account === NULL || !$account->isActive()) {
      throw self::refuse('account_blocked', 'The account that the run acts as is blocked or gone.');
    }
    $refusal = $this->accounts->refusal($account);
    if ($refusal !== NULL) {
      throw self::refuse('not_an_agent_account', $refusal);
    }
    return $account;
  }

  private function refuseLostRequester(Run $run): void {
    if ($run->getRequesterId() !== NULL && !$run->getRequester()?->isActive()) {
      throw self::refuse('requester_lost', 'The person who asked for the run is blocked or gone.');
    }
    if ($this->superiors->areLost($run)) {
      throw self::refuse('requester_lost', 'The account of the agent that started the run is blocked or gone.');
    }
  }

  private static function refuse(string $code, string $detail): ProblemException {
    return ProblemException::of(401, $code, 'The run token is not accepted', $detail);
  }

}
