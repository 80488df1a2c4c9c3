<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Notice\Notice;
use Drupal\background_agents\Notice\NoticeChoices;
use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Notice\NoticeMode;
use Drupal\background_agents\Notice\NoticeText;
use Drupal\background_agents\Notice\PersonNotices;
use Drupal\background_agents\Ui\NoticeLabels;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Pager\PagerManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\UserInterface;

/**
 * The page "Agent notices" of an account, with what one gets by mail.
 *
 * @internal
 */
final class NoticesForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  private const int PER_PAGE = 50;

  /**
   * Who has one of these may be told something.
   */
  private const array PERMISSIONS = [
    'administer background agents',
    'review background agent drafts',
    'view any background agent run',
    'view own background agent runs',
  ];

  public function __construct(
    private readonly PersonNotices $notices,
    private readonly NoticeChoices $choices,
    private readonly NoticeText $text,
    private readonly NoticeLabels $labels,
    private readonly DateFormatterInterface $dates,
    private readonly PagerManagerInterface $pagerManager,
    private readonly AgentScope $scope,
  ) {}

  /**
   * Each person their own, if there may be something to tell them.
   */
  public function access(UserInterface $user, AccountInterface $account): AccessResultInterface {
    return AccessResult::allowedIf((int) $user->id() === (int) $account->id() && $account->isAuthenticated() && !$this->scope->governs($account))
      ->cachePerUser()
      ->andIf(AccessResult::allowedIfHasPermissions($account, self::PERMISSIONS, 'OR'));
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_notices';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?UserInterface $user = NULL): array {
    assert($user instanceof UserInterface);
    $form_state->set('uid', (int) $user->id());
    $form['#cache']['max-age'] = 0;
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['notices'] = $this->table((int) $user->id());
    $form['pager'] = ['#type' => 'pager', '#quantity' => 1, '#pagination_heading_level' => 'h2'];
    $form['mail'] = [
      '#type' => 'details',
      '#title' => $this->t('What I get by mail'),
      '#description' => $this->t('All of it is listed here in any case.'),
      '#open' => TRUE,
      '#tree' => TRUE,
    ];
    $now = $this->choices->of((int) $user->id());
    foreach ($this->kinds($user) as $kind) {
      $form['mail'][$kind->value] = [
        '#type' => 'select',
        '#title' => $this->labels->kind($kind),
        '#options' => $this->labels->modes(),
        '#default_value' => $now[$kind->value]->value,
      ];
    }
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Save'), '#button_type' => 'primary'],
    ];
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $uid = (int) $form_state->get('uid');
    $chosen = array_filter(array_map(static fn (mixed $mode): ?NoticeMode => NoticeMode::tryFrom((string) $mode), (array) $form_state->getValue('mail')));
    $this->choices->save($uid, $chosen + array_filter(array_map(NoticeMode::tryFrom(...), $this->choices->own($uid))));
    $this->notices->rechoose($uid, $chosen);
    $this->messenger()->addStatus($this->t('Your choice has been saved.'));
  }

  /**
   * Kinds that the person may be told of.
   *
   * @return \Drupal\background_agents\Notice\NoticeKind[]
   *   The kinds.
   */
  private function kinds(UserInterface $user): array {
    return array_filter(NoticeKind::cases(), static fn (NoticeKind $kind): bool => $kind->permission() === NULL || $user->hasPermission($kind->permission()));
  }

  /**
   * What the person was told; it is seen now.
   */
  private function table(int $uid): array {
    $offset = $this->pagerManager->findPage() * self::PER_PAGE;
    $found = $this->notices->page($uid, $offset, self::PER_PAGE + 1);
    $this->pagerManager->createPager($offset + count($found), self::PER_PAGE);
    $notices = array_slice($found, 0, self::PER_PAGE);
    $this->text->prepare($notices);
    if ($this->getRequest()->isMethod('GET')) {
      $this->notices->seen($uid);
    }
    return [
      '#type' => 'table',
      '#prefix' => '<div class="ba-scroll">',
      '#suffix' => '</div>',
      '#header' => [$this->t('What'), $this->t('When'), $this->t('Look')],
      '#rows' => array_map($this->row(...), $notices),
      '#empty' => $this->t('There is nothing to tell you. When an agent leaves drafts for you, asks you something or fails, it is listed here.'),
    ];
  }

  private function row(Notice $notice): array {
    $url = $this->text->url($notice);
    return [
      [
        'data' => [
          'new' => [
            '#access' => $notice->isNew,
            '#type' => 'html_tag',
            '#tag' => 'strong',
            '#attributes' => ['class' => ['ba-badge', 'ba-badge--live']],
            'text' => ['#markup' => $this->t('New')],
            '#suffix' => ' ',
          ],
          'text' => ['#markup' => $this->text->sentence($notice)],
        ],
      ],
      $this->dates->format($notice->created, 'short'),
      ['data' => ['#type' => 'link', '#title' => $this->t('Look'), '#url' => $url, '#access' => $url->access()]],
    ];
  }

}
