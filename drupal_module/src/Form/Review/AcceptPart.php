<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\FourEyes;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\Transitions;
use Drupal\background_agents\Ui\DecisionNotice;
use Drupal\background_agents\Ui\DraftFields;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Accepting a draft, or a part of it, with a transition that the person has.
 *
 * @internal
 */
final class AcceptPart extends ReviewFormPartBase {

  public function __construct(
    private readonly Reviewer $reviewer,
    private readonly Transitions $transitions,
    private readonly DraftFields $fields,
    private readonly DecisionNotice $notice,
    private readonly DraftVersions $versions,
    private readonly FourEyes $fourEyes,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    $isSome = count($page->changed()) > 1 || array_filter($page->diffs, static fn (FieldDiff $diff): bool => $diff->texts !== []) !== [];
    return !$page->isOpen || !$isSome || $this->fourEyes->keepsFrom($page->change, $this->currentUser) ? [] : [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-review__rest']],
      'rest' => [
        '#type' => 'radios',
        '#title' => $this->t('What you do not choose'),
        '#options' => ['refuse' => $this->t('is refused'), 'keep' => $this->t('stays as a draft of the agent')],
        '#default_value' => 'refuse',
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function buttons(ReviewPage $page): array {
    if (!$page->isOpen) {
      return [];
    }
    $buttons = [];
    $transitions = $this->transitions->of($page->shown, $this->currentUser) ?: ['' => (string) $this->t('Publish')];
    foreach ($this->fourEyes->keepsFrom($page->change, $this->currentUser) ? [] : $transitions as $state => $label) {
      $buttons["accept_$state"] = [
        '#type' => 'submit',
        '#name' => "accept_$state",
        '#value' => $this->t('Accept: @transition', ['@transition' => $label]),
        '#button_type' => $buttons === [] ? 'primary' : 'secondary',
        '#background_agents_state' => $state === '' ? NULL : (string) $state,
      ];
    }
    $buttons['edit'] = [
      '#type' => 'link',
      '#title' => $this->t('Edit the draft'),
      '#url' => $page->shown->hasLinkTemplate('edit-form') ? $page->shown->toUrl('edit-form') : NULL,
      '#attributes' => ['class' => ['button']],
      '#access' => $page->shown->hasLinkTemplate('edit-form'),
    ];
    return $buttons;
  }

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $state = $form_state->getTriggeringElement()['#background_agents_state'] ?? NULL;
    $choice = $this->fields->choice((array) $form_state->getValue('fields'), $form_state->getValue('rest') === 'keep');
    if ($choice->fields === []) {
      throw new ReviewRefused($this->t('Nothing was chosen. Choose what you accept, or refuse the draft.'));
    }
    $this->reviewer->accept($change, $seen, $choice, $state);
    $now = Change::load($change->id()) ?? $change;
    $offered = array_filter((array) $form_state->getValue('fields'), static fn (mixed $field): bool => is_array($field) && array_key_exists('accept', $field));
    $isPart = array_filter(array_keys($offered), static fn (int|string $name): bool => ($choice->fields[$name] ?? NULL) !== TRUE) !== [];
    $this->notice->say($now, $this->done($now, (string) $seen->default !== (string) $this->versions->seen($now)?->default, $isPart));
  }

  /**
   * What has happened to the draft.
   */
  private function done(Change $change, bool $isPublished, bool $isPart): TranslatableMarkup {
    $arguments = ['@label' => $change->getTargetLabel()];
    return match (TRUE) {
      !$isPublished => $this->t('You have accepted the draft of "@label". It is saved in the state that you chose, and waits there to be published.', $arguments),
      $change->isPending() => $this->t('You have accepted a part of the draft of "@label". It is published; the rest waits as a draft.', $arguments),
      $isPart => $this->t('You have accepted a part of the draft of "@label". It is published; the rest was refused.', $arguments),
      default => $this->t('You have accepted the draft of "@label". It is published.', $arguments),
    };
  }

}
