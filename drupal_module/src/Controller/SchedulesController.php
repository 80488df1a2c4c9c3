<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Schedule\DueTimes;
use Drupal\background_agents\Schedule\ScheduleRunner;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST schedules/due and schedules/fire: the sidecar keeps the clock.
 *
 * @internal
 */
final class SchedulesController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly Contracts $contracts,
    private readonly DueTimes $times,
    private readonly ScheduleRunner $runner,
    private readonly SiteIdentity $identity,
  ) {}

  /**
   * What is due in the next two days.
   */
  public function due(Request $request): Answer {
    $this->signed->document($request);
    return new Answer($this->times->document() + $this->identity->document());
  }

  /**
   * Fires one due time.
   */
  public function fire(Request $request): Answer {
    $document = $this->signed->document($request);
    $errors = $this->contracts->errors($document, 'schedules#/$defs/fire');
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', $errors[0]['pointer'] . ': ' . $errors[0]['detail'], $errors);
    }
    $firing = $this->runner->fire($document->trigger, (int) $document->due);
    return new Answer(['result' => $firing->result, 'run' => $firing->run] + $this->identity->document());
  }

}
