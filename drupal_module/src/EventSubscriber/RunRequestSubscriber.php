<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Access\RunTokenAuthentication;
use Drupal\background_agents\Database\DatabaseFailure;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Http\Problem;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SiteError;
use Drupal\background_agents\Http\StatusCodes;
use Drupal\Core\ParamConverter\ParamNotConvertedException;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\ExceptionEvent;
use Symfony\Component\HttpKernel\Event\TerminateEvent;
use Symfony\Component\HttpKernel\Exception\AccessDeniedHttpException;
use Symfony\Component\HttpKernel\Exception\ConflictHttpException;
use Symfony\Component\HttpKernel\Exception\HttpExceptionInterface;
use Symfony\Component\HttpKernel\Exception\TooManyRequestsHttpException;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Errors of a run's request in its own language, and the request's end.
 *
 * @internal
 */
final class RunRequestSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly RunContext $runContext,
    private readonly SiteError $siteError,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // Before the exception is logged as an error (50), and before problem
      // documents are made of ProblemExceptions.
      KernelEvents::EXCEPTION => ['onException', 90],
      // Before automated cron (100): what cron does is not the agent's doing.
      KernelEvents::TERMINATE => ['onTerminate', 1000],
    ];
  }

  /**
   * A refusal of the guard is no server error, and never an HTML page.
   */
  public function onException(ExceptionEvent $event): void {
    $refusal = GuardException::in($event->getThrowable());
    if ($refusal !== NULL && !$event->getThrowable() instanceof ProblemException) {
      $event->setThrowable(match ($refusal->toProblem()->status) {
        409 => new ConflictHttpException($refusal->getMessage(), $refusal),
        429 => new TooManyRequestsHttpException($refusal->toProblem()->extra['retry_after'] ?? NULL, $refusal->getMessage(), $refusal),
        default => new AccessDeniedHttpException($refusal->getMessage(), $refusal),
      });
    }
    $request = $event->getRequest();
    $throwable = $event->getThrowable();
    $failure = $this->runContext->current() === NULL ? NULL : $this->failure($throwable);
    if ($failure !== NULL) {
      $event->setThrowable(new ProblemException($failure, $throwable));
    }
    elseif ($throwable instanceof HttpExceptionInterface && $request->getRequestFormat() !== 'api_json' && RunTokenAuthentication::tokenOf($request) !== NULL) {
      $event->setThrowable(new ProblemException(StatusCodes::problem($throwable), $throwable));
    }
  }

  /**
   * What failed in Drupal, as a problem; NULL for what has its own form.
   */
  private function failure(\Throwable $error): ?Problem {
    // Core makes a 404 of a parameter that was not converted: no such item.
    if ($error instanceof HttpExceptionInterface || $error instanceof ProblemException || $error instanceof ParamNotConvertedException) {
      return NULL;
    }
    $database = DatabaseFailure::in($error);
    return $database?->waiting() ?? ($database?->isOfValue()
      ? new Problem(422, 'invalid', 'The request is not valid', $database->sentence())
      : $this->siteError->problem($error, 'while it answered'));
  }

  public function onTerminate(TerminateEvent $event): void {
    while ($this->runContext->current() !== NULL) {
      $this->runContext->leave();
    }
  }

}
