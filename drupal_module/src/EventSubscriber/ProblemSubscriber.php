<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Database\AbortedTransactions;
use Drupal\background_agents\Database\DatabaseFailure;
use Drupal\background_agents\Http\MachineRequest;
use Drupal\background_agents\Http\Problem;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\StatusCodes;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Site\MaintenanceModeInterface;
use Drupal\Core\State\StateInterface;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpKernel\Event\ExceptionEvent;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\Exception\HttpExceptionInterface;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Answers programs with problem documents: errors, and maintenance mode.
 *
 * @internal
 */
final class ProblemSubscriber implements EventSubscriberInterface {

  private const MAINTENANCE_RETRY = 30;

  public function __construct(
    private readonly MaintenanceModeInterface $maintenanceMode,
    private readonly StateInterface $state,
    private readonly AccountInterface $currentUser,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
    private readonly AbortedTransactions $aborted,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // After routing (32), before core's maintenance page (30).
      KernelEvents::REQUEST => ['onRequest', 31],
      // After the guard's translation (90), before pages are made of errors.
      KernelEvents::EXCEPTION => ['onException', 85],
    ];
  }

  /**
   * In maintenance mode a run waits: 503, whatever it asks but its status.
   */
  public function onRequest(RequestEvent $event): void {
    $request = $event->getRequest();
    // Our endpoints, pages and forms.
    if (str_contains((string) $request->attributes->get('_route'), 'background_agents')) {
      $this->aborted->watch();
    }
    if (!self::isOurs($request) || $request->attributes->get('_route') === 'background_agents.status') {
      return;
    }
    // Core exempts our routes, so that no themed page answers a program.
    $on = $this->state->get('system.maintenance_mode');
    if ($on && !$this->maintenanceMode->exempt($this->currentUser)) {
      $event->setResponse((new Problem(503, 'maintenance', 'The site is in maintenance mode', 'Try again later.', [], ['retry_after' => self::MAINTENANCE_RETRY]))->toResponse());
    }
  }

  public function onException(ExceptionEvent $event): void {
    $error = $event->getThrowable();
    if ($error instanceof ProblemException) {
      $event->setResponse($error->problem->toResponse());
    }
    elseif (self::isOurs($event->getRequest())) {
      $event->setResponse($this->problemOf($error)->toResponse());
    }
  }

  private function problemOf(\Throwable $error): Problem {
    if ($error instanceof HttpExceptionInterface) {
      return StatusCodes::problem($error);
    }
    $waiting = DatabaseFailure::in($error)?->waiting();
    if ($waiting !== NULL) {
      return $waiting;
    }
    Error::logException($this->logger, $error);
    return new Problem(500, 'internal', 'The server failed', 'The log of the site tells more.');
  }

  private static function isOurs(Request $request): bool {
    return MachineRequest::isToEndpoint($request);
  }

}
