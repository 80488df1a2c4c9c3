<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\FieldErrors;
use Drupal\background_agents\Field\FieldValues;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\DraftState;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Brings the fields of a request into a draft.
 *
 * @internal
 */
final class DraftFields {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly DraftState $states,
    private readonly FieldValues $values,
    private readonly DraftValidator $validator,
    private readonly DryRunDrafts $dryRuns,
  ) {}

  /**
   * Puts a draft's fields back to those of an older revision.
   */
  public function reset(ContentEntityInterface $draft, ContentEntityInterface $older): void {
    $this->values->reset($draft, $older);
  }

  /**
   * The language of an item that only a test run knows; NULL: it knows none.
   */
  public function languageOf(Run $run, DraftRequest $request): ?string {
    return $this->dryRuns->languageOf($run, $request);
  }

  /**
   * Sets the fields of a request, chooses a state, and validates the result.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   403 or 422, with a pointer for each field.
   */
  public function fill(Draft $draft, DraftRequest $request, Run $run): Draft {
    $errors = new FieldErrors();
    if (!$request->isCreation()) {
      $this->dryRuns->goOn($run, $draft->entity);
    }
    $fields = $request->fields;
    $publishAs = $this->takePublishing($fields);
    $applied = $this->values->apply($draft->entity, $fields, $errors);
    $errors->throwIfAny();
    if ($this->states->isModerated($draft->entity)) {
      $account = $this->scope->account();
      if ($publishAs !== NULL && !$this->states->isReachable($draft->entity, $publishAs, $account)) {
        throw self::forbidden(sprintf('The agent\'s role may not bring the item into the state "%s".', $publishAs));
      }
      $draft->entity->set('moderation_state', $publishAs ?? $this->states->choose($draft->entity, $account));
    }
    $filled = new Draft($draft->entity, $draft->base, $draft->default, $applied, $publishAs);
    $this->validator->validate($filled, $errors);
    $errors->throwIfAny();
    return $filled;
  }

  /**
   * Takes `moderation_state` out of the fields, where the agent may publish.
   *
   * @param array<string, mixed> $fields
   *   The fields of the request.
   */
  private function takePublishing(array &$fields): ?string {
    $state = $fields['moderation_state'] ?? NULL;
    if (!is_string($state) || !$this->scope->mayPublish()) {
      return NULL;
    }
    unset($fields['moderation_state']);
    return $state;
  }

  private static function forbidden(string $detail): ProblemException {
    return ProblemException::of(403, 'forbidden', 'The agent may not do this', $detail);
  }

}
