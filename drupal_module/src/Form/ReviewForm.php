<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\Transitions;
use Drupal\background_agents\Ui\DraftFields;
use Drupal\background_agents\Ui\DraftHead;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * The page of a draft: what an agent changed, and what a person makes of it.
 *
 * @internal
 */
final class ReviewForm extends FormBase {

  use AutowireTrait;

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly Reviewer $reviewer,
    private readonly Transitions $transitions,
    private readonly DraftHead $head,
    private readonly DraftFields $fields,
    private readonly RequestStack $requests,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'entity.background_agents_change.canonical';
  }

  /**
   * The title of the page.
   */
  public function title(Change $background_agents_change): TranslatableMarkup {
    return $this->t('Draft of @label', ['@label' => $background_agents_change->getTargetLabel()]);
  }

  /**
   * Who may review the draft, or may see its run.
   */
  public function accessResult(Change $background_agents_change, AccountInterface $account): AccessResultInterface {
    $review = $background_agents_change->access('review', $account, TRUE);
    return $review->isAllowed() ? $review : AccessResult::allowedIf($background_agents_change->access('view', $account))->cachePerUser()->addCacheableDependency($background_agents_change);
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Change $background_agents_change = NULL): array {
    $change = $background_agents_change;
    assert($change instanceof Change);
    $form['#attributes']['class'][] = 'ba-review';
    $form['#attached']['library'][] = 'entity.background_agents_change.canonical';
    $form['#cache']['max-age'] = 0;
    $form['head'] = $this->head->build($change);
    $seen = $this->versions->seen($change);
    $newest = $this->versions->newest($change);
    if ($seen === NULL || $newest === NULL) {
      return $form + ['gone' => ['#markup' => '<p>' . $this->t('The content of this draft is not there any more.') . '</p>']];
    }
    // Not #value: what the reviewer saw when the page was made counts.
    $form['seen'] = ['#type' => 'hidden', '#default_value' => (string) $seen];
    $isOpen = $change->isPending() && $change->access('review', $this->currentUser());
    $isAgainstRead = $this->requests->getCurrentRequest()?->query->get('against') === 'read';
    $former = $isAgainstRead || !$change->isPending() ? $this->versions->base($change) : $this->versions->published($change);
    $shown = $change->isPending() ? $newest : $this->versions->draft($change) ?? $newest;
    $diffs = $this->fields->diffs($change, $former, $shown);
    $form['compare'] = $this->head->compare($change, $isAgainstRead);
    $form['fields'] = $this->fields->build($diffs, $isOpen && !$isAgainstRead);
    if ($isOpen && !$isAgainstRead) {
      return $form + $this->decision($newest, $diffs);
    }
    // Who sends a decision that somebody else made first has to be told.
    return $form_state->getUserInput() === [] ? $form : $form + [
      'late' => ['#type' => 'submit', '#name' => 'late', '#value' => $this->t('Decide')],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $change = $this->change($form_state);
    $seen = Seen::of((string) $form_state->getValue('seen'));
    if ($change === NULL || $seen === NULL) {
      $this->messenger()->addError($this->t('This draft is not there any more.'));
      return;
    }
    try {
      $button = $form_state->getTriggeringElement()['#name'] ?? '';
      if ($button === 'late') {
        $this->reviewer->check($change, $seen);
      }
      elseif ($button === 'refuse') {
        $this->reviewer->refuse($change, $seen, trim((string) $form_state->getValue('reason')));
        $this->messenger()->addStatus($this->t('You have refused the draft of "@label". Nothing of it was published.', ['@label' => $change->getTargetLabel()]));
      }
      else {
        $this->accept($change, $seen, $form_state);
      }
    }
    catch (ReviewRefused $refused) {
      $this->messenger()->addWarning($refused->sentence);
    }
  }

  private function accept(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $state = $form_state->getTriggeringElement()['#background_agents_state'] ?? NULL;
    $choice = $this->fields->choice((array) $form_state->getValue('fields'), $form_state->getValue('rest') === 'keep');
    if ($choice->fields === []) {
      throw new ReviewRefused($this->t('Nothing was chosen. Choose what you accept, or refuse the draft.'));
    }
    $this->reviewer->accept($change, $seen, $choice, $state);
    $this->messenger()->addStatus($this->t('You have accepted the draft of "@label".', ['@label' => $change->getTargetLabel()]));
  }

  /**
   * What a person may do with the draft.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $newest
   *   The draft.
   * @param list<\Drupal\background_agents\Review\Diff\FieldDiff> $diffs
   *   Its fields.
   */
  private function decision(ContentEntityInterface $newest, array $diffs): array {
    $isSome = count(array_filter($diffs, static fn (FieldDiff $diff): bool => $diff->isChanged)) > 1 || array_filter($diffs, static fn (FieldDiff $diff): bool => $diff->texts !== []) !== [];
    $form['rest'] = [
      '#type' => 'radios',
      '#title' => $this->t('What you do not choose'),
      '#options' => ['refuse' => $this->t('is refused'), 'keep' => $this->t('stays as a draft of the agent')],
      '#default_value' => 'refuse',
      '#access' => $isSome,
    ];
    $form['actions'] = ['#type' => 'actions'];
    foreach ($this->transitions->of($newest, $this->currentUser()) ?: ['' => (string) $this->t('Publish')] as $state => $label) {
      $form['actions']["accept_$state"] = [
        '#type' => 'submit',
        '#name' => "accept_$state",
        '#value' => $this->t('Accept: @transition', ['@transition' => $label]),
        '#button_type' => isset($form['actions']['accept']) ? 'secondary' : 'primary',
        '#background_agents_state' => $state === '' ? NULL : (string) $state,
      ];
    }
    $form['actions']['edit'] = [
      '#type' => 'link',
      '#title' => $this->t('Edit the draft'),
      '#url' => $newest->toUrl('edit-form'),
      '#attributes' => ['class' => ['button']],
      '#access' => $newest->hasLinkTemplate('edit-form'),
    ];
    $form['refusal'] = $this->refusal();
    return $form;
  }

  /**
   * Why the draft is refused, and the button that does it.
   */
  private function refusal(): array {
    return [
      '#type' => 'details',
      '#title' => $this->t('Refuse the draft'),
      'reason' => [
        '#type' => 'textarea',
        '#title' => $this->t('Reason'),
        '#rows' => 2,
        '#maxlength' => 2000,
        '#description' => $this->t('It is kept with the run, for those who look after the agent.'),
      ],
      'refuse' => [
        '#type' => 'submit',
        '#name' => 'refuse',
        '#value' => $this->t('Refuse'),
        '#attributes' => ['class' => ['button--danger']],
      ],
    ];
  }

  private function change(FormStateInterface $form_state): ?Change {
    $change = $form_state->getBuildInfo()['args'][0] ?? NULL;
    return $change instanceof Change ? $change : NULL;
  }

}
