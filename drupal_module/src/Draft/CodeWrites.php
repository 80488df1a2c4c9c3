<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\AppliedFields;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\SavesUnderway;
use Drupal\background_agents\Guard\SaveUnderway;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What code of the site saves in a run, such as a model of ECA.
 *
 * It has its change, counts in the limits and knows what it replaces, like a
 * draft that the agent sends.
 *
 * @internal
 */
final class CodeWrites {

  private const string SUMMARY = 'Saved by code of the site while the agent worked.';

  public function __construct(
    private readonly AgentScope $scope,
    private readonly SavesUnderway $saves,
    private readonly DraftLimits $limits,
    private readonly ConcurrentRevision $concurrent,
    private readonly ChangeLog $changes,
    private readonly EffectStore $effects,
    private readonly DraftDocument $document,
  ) {}

  /**
   * Asks the limits before code saves; the draft writer has asked by itself.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function refuseBeyondLimits(ContentEntityInterface $entity): void {
    $run = $this->scope->run();
    if ($run === NULL || $this->saves->planOf($entity) !== NULL) {
      return;
    }
    try {
      $this->limits->check($run, $this->saves->count());
    }
    catch (ProblemException $limit) {
      throw GuardException::limited($limit);
    }
  }

  /**
   * Records what was saved, in its transaction.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When somebody saved the same item in between.
   */
  public function record(SaveUnderway $save): void {
    $run = $this->scope->run();
    if ($run === NULL || $save->plan !== NULL) {
      return;
    }
    $draft = new Draft($save->entity, $save->base, NULL, AppliedFields::changing($this->changes->changedFields($save->entity, $save->base)));
    if ($save->entity->getEntityType()->isRevisionable()) {
      $this->concurrent->refuse($save->entity, $save->base);
    }
    $key = self::key($run, $save);
    $change = $this->changes->record($run, $draft, $key, self::SUMMARY);
    $this->effects->add($run, $this->document->of($key, $draft, $change));
  }

  /**
   * A key of the form of the sidecar's: code has none of its own.
   */
  private static function key(Run $run, SaveUnderway $save): string {
    $entity = $save->entity;
    return hash('sha256', implode(':', [
      $run->uuid(),
      $run->getGeneration(),
      'code',
      $entity->getEntityTypeId(),
      $entity->uuid(),
      $entity->language()->getId(),
      $entity->getRevisionId(),
      hrtime(TRUE),
    ]));
  }

}
